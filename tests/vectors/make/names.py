"""Writes tests/vectors/names: domains, patterns, addresses and license keys."""

import pathlib

import addresses
import domain_patterns
import domains
import license_keys
from rows import write_rows

FILES = {
    "addresses": (addresses, "Address patterns in normal form, and which addresses they match."),
    "domain_patterns": (domain_patterns, "Domain patterns in normal form, and which domains they match."),
    "domains": (domains, "Domains in normal form."),
    "license_keys": (license_keys, "License keys and custom codes as they are read."),
}


def write(folder: pathlib.Path) -> None:
    """Writes the files below `folder`, tests/vectors."""
    for name, (module, about) in FILES.items():
        write_rows(folder / "names" / f"{name}.json", about, module.rows())
