"""Makes signed/*.json: documents that verify, and documents that are refused with their numbers."""

import pathlib

from documents import carrier, encoding, header, json_text, lease, license, status_list, trust
from vector_file import write_rows

FILES = {
    "license": license,
    "lease": lease,
    "statuslist": status_list,
    "trust": trust,
    "header": header,
    "encoding": encoding,
    "json": json_text,
    "carrier": carrier,
}
"""The modules of the rows, by file."""

REFUSALS = range(1, 58)
"""The numbers of docs/format.md section 6."""


def write(folder: pathlib.Path):
    """Writes the files into the folder `signed` of the vectors."""
    made = {name: module.rows() for name, module in FILES.items()}
    covered = {row["refusal"] for rows in made.values() for row in rows if "refusal" in row}
    bare = sorted(set(REFUSALS) - covered)
    if bare:
        raise ValueError(f"refusals without a row: {bare}")
    for name, rows in made.items():
        write_rows(folder / "signed" / f"{name}.json", FILES[name].ABOUT, rows)
