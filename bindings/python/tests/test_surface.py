"""What the package offers is what was meant to be offered, and every code that there is occurs."""

import json
import pathlib
import re

import countersign
from countersign._uniffi import countersign_ffi as ffi
from surface import lines
from test_vectors import VECTORS

ROOT = pathlib.Path(__file__).resolve().parents[3]


def test_the_surface_is_the_one_in_the_tree():
    golden = (ROOT / "bindings" / "python" / "surface.txt").read_text()
    assert "\n".join(lines()) + "\n" == golden, "write it anew: bindings/python/tests/surface.py"


def test_every_name_is_documented():
    for name in countersign.__all__:
        value = getattr(countersign, name)
        if name != "__version__":
            assert value.__doc__ and not value.__doc__.startswith(f"{name}("), name
        for member, function in vars(value).items() if isinstance(value, type) else []:
            if callable(function) and not member.startswith("_"):
                assert function.__doc__, f"{name}.{member}"


def rows(folder):
    for path in sorted((VECTORS / folder).glob("*.json")):
        yield from json.loads(path.read_bytes())["rows"]


def test_every_refusal_of_a_document_occurs_in_the_vectors():
    page = (ROOT / "docs" / "format.md").read_text()
    listed = {(int(number), code) for number, code in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)}
    reached = {(row["refusal"], row["code"]) for row in rows("signed") if "code" in row}
    assert listed and listed == reached


def test_every_denial_and_notice_occurs_in_the_vectors():
    reports = [json.loads(row["report"]) for row in rows("rules")]
    for kind, word in [(ffi.Denial, "denials"), (ffi.Notice, "notices")]:
        there_are = {name.lower() for name, value in vars(kind).items() if isinstance(value, type)}
        assert there_are == {reason["code"] for report in reports for reason in report[word]}


def test_every_error_of_a_name_occurs_in_the_vectors():
    reached = {row["error"] for row in rows("names") if "error" in row}
    assert reached == {"invalid_address", "invalid_domain", "invalid_license_key"}
