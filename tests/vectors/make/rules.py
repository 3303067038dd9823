"""Writes tests/vectors/rules: decisions, each with the report that docs/rules.md demands."""

import pathlib

import rules_clock
import rules_features
import rules_holds_until
import rules_lapses
import rules_mixed
import rules_places
import rules_seats
import rules_status
import rules_windows
from rows import write_rows

FILES = {
    "clock": rules_clock,
    "features": rules_features,
    "holds_until": rules_holds_until,
    "lapses": rules_lapses,
    "mixed": rules_mixed,
    "places": rules_places,
    "seats": rules_seats,
    "status": rules_status,
    "windows": rules_windows,
}


def write(folder: pathlib.Path) -> None:
    """Writes the files below `folder`, tests/vectors."""
    for name, module in FILES.items():
        write_rows(folder / "rules" / f"{name}.json", module.__doc__, module.rows())
