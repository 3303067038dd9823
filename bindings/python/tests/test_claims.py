"""What test_vectors.py compares of genuine documents is all that they say: a getter that said something else would be seen."""

import functools
import inspect

import countersign
import pytest
from test_surface import rows
from test_vectors import accept, says

PARTS = {
    "license": [
        countersign.License,
        countersign.Window,
        countersign.SeatRule,
        countersign.ActivationTerms,
        countersign.Entitlement,
        countersign.StatusTerms,
    ],
    "lease": [countersign.Lease, countersign.Instance],
    "statuslist": [countersign.StatusList],
    "trust": [countersign.TrustUpdate, countersign.TrustedKey],
}


@functools.cache
def genuine(kind):
    """Every document of that kind that the vectors have, with its row."""
    wanted = [row for row in rows("signed") if row["kind"] == kind and "code" not in row]
    found = [(row, accept(row)) for row in wanted]
    for row, document in found:
        says(row, document)
    return found


def getters():
    """Every property of a document, and every field of what its properties give."""
    for kind, parts in PARTS.items():
        for part in parts:
            names = {name for name in dir(part) if isinstance(inspect.getattr_static(part, name), property)}
            for name in sorted(names | set(vars(part).get("__annotations__", {}))):
                if not name.startswith("_"):
                    yield pytest.param(kind, part, name, id=f"{part.__name__}.{name}")


@pytest.mark.parametrize("kind, part, name", list(getters()))
def test_what_a_getter_says_is_compared(kind, part, name, monkeypatch):
    documents = genuine(kind)
    monkeypatch.setattr(part, name, property(lambda _: object(), lambda *_: None), raising=False)
    with pytest.raises((AssertionError, AttributeError, TypeError)):
        for row, document in documents:
            says(row, document)
