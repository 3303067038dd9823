"""What is copied or pickled owns no memory of the library twice: it is itself, or is refused."""

import copy
import dataclasses
import os
import pickle
import subprocess
import sys

import countersign
import pytest
from countersign._uniffi import countersign_ffi as ffi
from test_values import LICENSE, run
from test_vectors import TRUST

KEY = countersign.LicenseKey("ACME-7Q2M-9XKD-4TFW-H3PB")
CLAIMANT = countersign.Claimant("acme/editor", KEY, countersign.Instance.machine("m-1"))


def session():
    return countersign.Session("acme/editor", TRUST["acme"], countersign.MemoryStorage())


def shared():
    """One of each that never changes."""
    with session() as kept:
        request = kept.activation_request(KEY)
    yield LICENSE
    yield TRUST["acme"]
    yield KEY
    yield request
    yield LICENSE.evaluate(run())
    yield countersign.ClockReading.trusted()
    yield countersign.Signals("acme/editor", {"a": "b"})
    yield countersign.FileStorage("state")
    yield countersign.Pace("AAAAAAAAAAAAAAAAAAAAAA")


def bound():
    """One of each that changes."""
    with session() as kept:
        yield kept
        yield kept.prepare()
    yield LICENSE.prepare(run())
    yield countersign.Client("http://127.0.0.1:1", TRUST["acme"])
    yield countersign.ClockGuard()
    yield countersign.Challenge("AAAAAAAAAAAAAAAAAAAAAA")
    yield countersign.FixedClock(countersign.ClockReading.trusted().now)
    yield countersign.MemoryStorage()


def test_what_never_changes_is_its_own_copy_and_is_not_pickled():
    for value in shared():
        assert copy.copy(value) is value and copy.deepcopy([value])[0] is value
        with pytest.raises(TypeError, match=f"^{type(value).__name__} cannot be pickled"):
            pickle.dumps(value)


def test_what_changes_is_neither_copied_nor_pickled():
    for value in bound():
        for refused in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match=f"^{type(value).__name__} cannot be (copied|pickled)"):
                refused(value)


def owners():
    for name in countersign.__all__:
        kind = getattr(countersign, name)
        if isinstance(kind, type) and {"_inner", "_inner_or_closed"} & {
            slot for base in kind.__mro__ for slot in vars(base).get("__slots__", ())
        }:
            yield kind


def test_every_class_that_owns_memory_is_told_apart():
    seen = {type(value) for value in (*shared(), *bound())}
    # No document of these kinds is at hand; all documents are of one class.
    alike = {countersign.Lease, countersign.StatusList, countersign.TrustUpdate}
    assert set(owners()) == seen | alike
    for kind in alike:
        assert kind.__deepcopy__ is countersign.License.__deepcopy__


def test_every_class_of_the_library_that_owns_memory_refuses():
    kinds = [kind for kind in vars(ffi).values() if isinstance(kind, type) and hasattr(kind, "_uniffi_clone_handle")]
    assert len(kinds) > 10
    for kind in kinds:
        empty = kind.__new__(kind)
        for refused in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError):
                refused(empty)


def test_records_that_hold_some_are_taken_apart():
    stated = dataclasses.asdict(CLAIMANT)
    assert stated["license_key"] is KEY and stated["instance"] == {"kind": "machine", "value": "m-1"}
    assert copy.deepcopy(CLAIMANT) == CLAIMANT
    with pytest.raises(TypeError):
        pickle.dumps(CLAIMANT)
    assert pickle.loads(pickle.dumps(run())) == run()


PROGRAM = """
import contextlib, copy, dataclasses, gc, pickle
import test_copies
for values in (test_copies.shared(), test_copies.bound(), [test_copies.CLAIMANT]):
    for value in values:
        for copied in (copy.copy, copy.deepcopy, pickle.dumps, dataclasses.asdict, lambda value: copy.deepcopy(value._inner)):
            with contextlib.suppress(TypeError):
                made = copied(value)
                del made
gc.collect()
for _ in range(200):
    assert test_copies.LICENSE.evaluate(test_copies.run()).report()
    test_copies.countersign.LicenseKey(test_copies.KEY.text)
print("alive")
"""


def test_nothing_is_freed_twice():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
