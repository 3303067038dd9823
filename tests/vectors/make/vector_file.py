"""Writes vector files: the same bytes on every run."""

import json
import pathlib


def write_json(path: pathlib.Path, value: dict):
    """JSON in ASCII, one blank of indentation a level, ended by a newline."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((json.dumps(value, indent=1, ensure_ascii=True) + "\n").encode("ascii"))


def write_rows(path: pathlib.Path, about: str, rows: list):
    """`{"about": text, "rows": [row, ...]}`, where no two rows have one name."""
    names = [row["name"] for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path.name} names rows twice: {', '.join(twice)}")
    write_json(path, {"about": about, "rows": rows})
