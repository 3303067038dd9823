"""Writes the rows of a vector file in the form that tests/vectors/README.md has."""

import json
import pathlib


def write_rows(path: pathlib.Path, about: str, rows: list) -> None:
    """Writes `{"about", "rows"}`, the same bytes on every run; names are unique in a file."""
    names = [row["name"] for row in rows]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"{path.name}: {twice}"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"about": about, "rows": rows}, indent=1, ensure_ascii=True)
    path.write_text(text + "\n", encoding="ascii", newline="\n")
