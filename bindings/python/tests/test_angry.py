"""Whatever a caller passes, wherever, is taken or refused with an error of this package that says why.

The calls are those of the public surface as it is found: one that is new fails here until it is said what it
takes, so that none is forgotten.
"""

import asyncio
import dataclasses
import inspect
import re
import socket
import threading
from datetime import datetime, timedelta, timezone

import countersign
import pytest
from test_surface import rows
from test_values import LICENSE, LONG, START, run
from test_vectors import GUARD_KEY, NONCE, TRUST, answer

LEASE = answer("2026-04-01T00:00:00Z")
KEY = countersign.LicenseKey("ACME-CODE")
MACHINE = countersign.Instance.machine("m-1")
PRODUCT = "acme/editor"


def verified(kind, of):
    row = next(row for row in rows("signed") if row["kind"] == kind and "code" not in row and "text" in row)
    return of.verify(row["text"], TRUST[row["trust"]])


STATUSES = verified("statuslist", countersign.StatusList)
UPDATE = verified("trust", countersign.TrustUpdate)

with socket.create_server(("127.0.0.1", 0)) as taken:
    NOBODY = f"http://127.0.0.1:{taken.getsockname()[1]}"


def client(url=NOBODY, **settings):
    return countersign.Client(url, TRUST["acme"], attempts=1, give_up_after=timedelta(seconds=5), **settings)


def session():
    return countersign.Session(PRODUCT, TRUST["acme"], countersign.MemoryStorage(), instance=MACHINE)


def check():
    return LICENSE.prepare(run())


CLAIMANT = countersign.Claimant(PRODUCT, KEY, MACHINE)

# What each method is a method of.
OWNERS = {
    "TrustStore": lambda: TRUST["acme"], "License": lambda: LICENSE, "Lease": lambda: LEASE, "StatusList": lambda: STATUSES,
    "TrustUpdate": lambda: UPDATE, "Decision": lambda: LICENSE.evaluate(run()), "Check": check, "Session": session,
    "SessionCheck": lambda: session().prepare(), "ClockGuard": lambda: countersign.ClockGuard(START), "Client": client,
    "FixedClock": lambda: countersign.FixedClock(START.wall), "Pace": lambda: countersign.Pace(NONCE),
}
DOCUMENT = {"content": LICENSE.text, "trust": TRUST["acme"]}
WITH_CLIENT = {"client": client()}
ACTIVATION = {"client": client(), "license_key": "ACME-CODE"}

# What fits each parameter that has no default: the one that is tried aside, all others are to be in order.
FITTING = {
    "document_kind": {"text": LICENSE.text},
    "match_address": {"patterns": ["10.0.0.1"], "text": "10.0.0.1"},
    "match_domain": {"patterns": ["example.com"], "text": "example.com"},
    "normalize_address": {"text": "10.0.0.1"},
    "normalize_address_pattern": {"text": "10.0.0.1"},
    "normalize_domain": {"text": "example.com"},
    "normalize_domain_pattern": {"text": "example.com"},
    "qr_svg": {"text": "acme"},
    "qr_terminal": {"text": "acme"},
    "TrustStore": {"keys": TRUST["acme"].to_jwks()},
    "TrustStore.updated": {"update": UPDATE},
    "License.verify": DOCUMENT,
    "License.evaluate": {"run": run()},
    "License.report": {"run": run()},
    "License.prepare": {"run": run()},
    "License.takes_no_seat": {"instance": MACHINE},
    "Lease.verify": DOCUMENT,
    "StatusList.verify": DOCUMENT,
    "StatusList.check_newer": {"held": STATUSES},
    "StatusList.entry": {"index": 0},
    "TrustUpdate.verify": DOCUMENT,
    "Instance.domain": {"value": "example.com"},
    "Instance.host": {"value": "host"},
    "Instance.machine": {"value": "m-1"},
    "Instance.of_variable": {"name": "COUNTERSIGN_NOT_SET"},
    "Instance.of_file": {"path": "/no/such/file"},
    "Instance": {"kind": "machine", "value": "m-1"},
    "LicenseKey": {"text": "ACME-CODE"},
    "Run": {"product": PRODUCT},
    "ListedStatus": {"status": 1, "listed_at": START.wall},
    "Decision.without_license": {"clock": countersign.ClockReading.trusted()},
    "Decision.entitled": {"code": "export"},
    "Decision.stays_on": {"code": "export"},
    "Check.entitled": {"code": "export"},
    "Check.stays_on": {"code": "export"},
    "Check.evaluate": {},
    "Check.report": {},
    "Check.lease": {"lease": LEASE},
    "Check.statuses": {"statuses": STATUSES},
    "Check.highest_revision": {"revision": 1},
    "Check.notice_before": {"thresholds": ()},
    "Check.last_contact_at": {"moment": START.wall},
    "Check.last_status": {"listed": countersign.ListedStatus(1, START.wall)},
    "Check.guard": {"guard": countersign.ClockGuard()},
    "SessionCheck.entitled": {"code": "export"},
    "SessionCheck.stays_on": {"code": "export"},
    "Tick": {"wall": START.wall, "monotonic": START.monotonic},
    "ClockReading.trusted": {},
    "ClockGuard": {},
    "ClockGuard.restore": {"state": countersign.ClockGuard(START).save(GUARD_KEY), "key": GUARD_KEY},
    "ClockGuard.take_over": {"state": countersign.ClockGuard(START).save(GUARD_KEY), "key": GUARD_KEY},
    "ClockGuard.hold": {"newest": None},
    "ClockGuard.accepts": {"issued_at": START.wall},
    "ClockGuard.read": {},
    "ClockGuard.peek": {},
    "ClockGuard.heal": {"challenge": countersign.Challenge(NONCE, START.monotonic), "answer": LEASE, "tick": START},
    "ClockGuard.save": {"key": GUARD_KEY},
    "Challenge": {"nonce": NONCE},
    "FixedClock": {"wall": START.wall},
    "FixedClock.advance": {"time": timedelta(seconds=1)},
    "FixedClock.set_wall": {"wall": START.wall},
    "Pace": {"installation": NONCE},
    "Pace.renewal_at": {"lease": LEASE},
    "Pace.refresh_at": {"statuses": STATUSES, "license": LICENSE},
    "Pace.extension_at": {"license": LICENSE},
    "Pace.retry_after": {"failures": 1, "left": timedelta(days=1)},
    "Pin": {"sha256": bytes(32)},
    "Pin.public_key": {"sha256": bytes(32)},
    "Pin.certificate": {"sha256": bytes(32)},
    "Proxy": {"url": "http://proxy.example"},
    "Claimant": {"product": PRODUCT, "license_key": KEY, "instance": MACHINE},
    "Client": {"url": NOBODY, "trust": TRUST["acme"]},
    "Client.activate": {"claimant": CLAIMANT},
    "Client.renew": {"lease": LEASE},
    "Client.standing": {"claimant": CLAIMANT},
    "Client.deactivate": {"lease": LEASE},
    "Client.statuses": {"license": LICENSE},
    "Client.answer": {"request": session().activation_request("ACME-CODE")},
    "Signals": {"product": PRODUCT, "values": {"board": "1"}},
    "Signals.of_this_machine": {"product": PRODUCT},
    "ActivationRequest": {"text": session().activation_request("ACME-CODE").text},
    "Session": {"product": PRODUCT, "trust": TRUST["acme"], "storage": countersign.MemoryStorage()},
    "Session.decide": {},
    "Session.prepare": {},
    "Session.activate": ACTIVATION,
    "Session.refresh": WITH_CLIENT,
    "Session.refresh_now": WITH_CLIENT,
    "Session.deactivate": WITH_CLIENT,
    "Session.background": WITH_CLIENT,
    "Session.background_blocking": {"client": client(), "stop": threading.Event()},
    "Session.activation_request": {"license_key": "ACME-CODE"},
    "Session.import_text": {"text": LICENSE.text},
    "FileStorage": {"folder": "/no/such/folder"},
    "FileStorage.of_user": {"product": PRODUCT},
}  # fmt: skip

# What only holds values of Python counts where it is used.
USED = {
    "Run": LICENSE.prepare,
    "Instance": LICENSE.takes_no_seat,
    "ListedStatus": lambda listed: LICENSE.evaluate(countersign.Run(PRODUCT), last_status=listed),
    "Tick": lambda tick: countersign.ClockGuard(tick),
    "Pin": lambda pin: client(pins=[pin]),
    "Proxy": lambda proxy: client(proxy=proxy),
    "Claimant": lambda claimant: client().standing_blocking(claimant),
    "FileStorage": lambda storage: storage,
}
# Made by the package, and shown. A host has no use for one of its own.
SHOWN = {
    "Activation", "ActivationTerms", "ActivationUse", "Denial", "Entitlement", "LicenseStanding", "LicenseUse", "Notice",
    "Reason", "Refresh", "Renewal", "SeatRule", "StatusTerms", "TrustedKey", "Window",
}  # fmt: skip
# What a host overrides; and an enum.
OTHERS = {"Storage", "Purpose"}

# --- The surface --------------------------------------------------------------------------------


def calls():
    """Every call that takes something: its name, the function, and its parameters but for what it is bound to."""
    for name in sorted(countersign.__all__):
        value = getattr(countersign, name)
        if not inspect.isclass(value):
            if callable(value):
                yield name, lambda _, value=value: value, inspect.signature(value)
            continue
        if issubclass(value, Exception) or name in SHOWN | OTHERS:
            continue
        made = inspect.signature(value)
        if made.parameters and not {"inner", "_"} & set(made.parameters):
            yield name, lambda _, value=value: value, made
        for member in dir(value):
            found = inspect.getattr_static(value, member)
            if member.startswith("_"):
                continue
            if isinstance(found, property) and found.fset:
                signature = inspect.signature(found.fset)
                yield f"{name}.{member}", lambda owner, found=found: found.fset.__get__(owner), unbound(signature)
            elif isinstance(found, classmethod):
                yield f"{name}.{member}", lambda _, value=value, member=member: getattr(value, member), inspect.signature(getattr(value, member))
            elif inspect.isfunction(found):
                yield f"{name}.{member}", lambda owner, member=member: getattr(owner, member), unbound(inspect.signature(found))


def unbound(signature):
    return signature.replace(parameters=list(signature.parameters.values())[1:])


CALLS = {name: (function, signature) for name, function, signature in calls() if signature.parameters}


def fitting(name):
    return FITTING[name if name in FITTING or name not in CALLS else name.removesuffix("_blocking")]


def test_it_is_said_of_every_call_what_it_takes():
    assert {name for name in CALLS if name.removesuffix("_blocking") not in FITTING and name not in FITTING} == set()
    assert set(FITTING) - set(CALLS) == set()
    for name in SHOWN:
        assert dataclasses.is_dataclass(getattr(countersign, name))


# --- What is passed -------------------------------------------------------------------------------

AWARE = {"tzinfo": timezone.utc}
# Each with the type of it that annotations name, if one does: where that is named, it may be taken.
PASSED = {
    "None": (None, "None"),
    "a number": (7, "int"),
    "a huge number": (1 << 80, "int"),
    "a negative number": (-(1 << 80), "int"),
    "a fraction": (1.5, "float"),
    "a bool": (True, "bool"),
    "bytes": (b"acme", "bytes"),
    "a buffer that changes": (bytearray(bytes(32)), "no type"),
    "a view of bytes": (memoryview(bytes(32)), "no type"),
    "a text": ("acme", "str"),
    "a surrogate": ("acme\ud800", "str"),
    "a NUL": ("acme\0", "str"),
    "10 MB": (LONG, "str"),
    "a list": ([7], "no type"),
    "a mapping": ({7: 7}, "no type"),
    "a list of None": ([None], "no type"),
    "a list of surrogates": (["acme\ud800"], "no type"),
    "a list of NULs": (["acme\0"], "Iterable"),
    "a list of 10 MB": ([LONG], "Iterable"),
    "a mapping to None": ({"acme": None}, "Iterable"),
    "a mapping to surrogates": ({"acme": "\ud800"}, "Iterable"),
    "an object": (object(), "no type"),
    "an iterator": (lambda: iter(["acme"]), "Iterable"),
    "an iterator of numbers": (lambda: iter([7]), "no type"),
    "a class": (countersign.License, "no type"),
    "a naive moment": (datetime(2026, 1, 1), "no type"),
    "a moment before 1970": (datetime(1969, 12, 31, 23, 59, 59, **AWARE), "datetime"),
    "the first moment": (datetime.min.replace(**AWARE), "datetime"),
    "a moment after 9999": (datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), "datetime"),
    "a length below zero": (timedelta(seconds=-1), "timedelta"),
    "the longest length": (timedelta.max, "timedelta"),
}


@pytest.mark.parametrize("passed", PASSED)
@pytest.mark.parametrize("name", sorted(CALLS))
def test_what_is_passed_is_taken_or_refused(name, passed):
    function, signature = CALLS[name]
    value, kind = PASSED[passed]
    for parameter in signature.parameters.values():
        fits = kind in types(parameter.annotation)
        if fits and "background" in name:
            continue
        if passed.startswith("an iterator"):
            # Anew for each call: it is empty after one.
            value = PASSED[passed][0]()
        try:
            called(name, function, signature, {**fitting(name), parameter.name: value})
        except countersign.CountersignError as error:
            assert error.code != "library_failed" and not isinstance(error, countersign.InternalError)
            assert str(error) and len(str(error)) < 500, parameter.name
            assert "niffi" not in str(error) and "panic" not in str(error)
        else:
            assert fits, f"{parameter.name} took {passed}"


@pytest.mark.parametrize("passed", PASSED)
@pytest.mark.parametrize("kind", [
    countersign.Check, countersign.ClockReading, countersign.Decision, countersign.License, countersign.Lease,
    countersign.StatusList, countersign.TrustUpdate, lambda value: countersign.SessionCheck(session(), value, is_clock_fixed=False),
])
def test_what_the_package_alone_makes_is_made_of_nothing_else(kind, passed):
    with pytest.raises(countersign.InvalidType, match="` gives one$"):
        kind(PASSED[passed][0])


def types(annotation):
    """The types that an annotation joins, without what they hold."""
    joined = {stated.strip() for stated in re.sub(r"\[[^]]*\]", "", annotation).split("|")}
    # To Python, a bool is a number.
    return joined | {"bool"} if "int" in joined else joined


def called(name, function, signature, arguments):
    owner = OWNERS[name.split(".")[0]]() if "." in name and name.split(".")[0] in OWNERS else None
    by_position = [arguments.pop(p.name) for p in signature.parameters.values() if p.kind is p.POSITIONAL_ONLY]
    made = function(owner)(*by_position, **arguments)
    if inspect.iscoroutine(made):
        made = asyncio.run(made)
    used = USED.get(type(made).__name__)
    return used(made) if used else made
