#!/usr/bin/env python3
"""Writes the vectors anew, or with --check says where the tree differs from them."""

import argparse
import importlib
import importlib.util
import pathlib
import sys
import tempfile

MAKERS = ["keys", "signed", "rules", "names", "seats"]
"""Modules beside this one with `write(folder)`; one that is not there is passed over."""

VECTORS = pathlib.Path(__file__).resolve().parent.parent


def write_all(folder: pathlib.Path):
    for name in MAKERS:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name).write(folder)


def differences(made: pathlib.Path, tree: pathlib.Path) -> list:
    """One line for each vector file that is missing, left over or different."""
    expected = {path.relative_to(made).as_posix() for path in made.rglob("*.json")}
    present = {path.relative_to(tree).as_posix() for path in tree.rglob("*.json")}
    lines = [f"missing: {name}" for name in sorted(expected - present)]
    lines += [f"made by nothing: {name}" for name in sorted(present - expected)]
    for name in sorted(expected & present):
        if (made / name).read_bytes() != (tree / name).read_bytes():
            lines.append(f"differs: {name}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the tree differs")
    if not parser.parse_args().check:
        write_all(VECTORS)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        write_all(pathlib.Path(folder))
        lines = differences(pathlib.Path(folder), VECTORS)
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
