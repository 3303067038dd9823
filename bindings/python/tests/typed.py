"""What a program of strict types writes, for type checkers alone: mypy --strict and pyright, strict as well.

What is marked `ignore` is to be an error: both checkers complain of a mark that is not needed.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import countersign

if TYPE_CHECKING:
    from typing_extensions import assert_type


class Shelf(countersign.Storage):
    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def load(self, name: str) -> str | None:
        return self.texts.get(name)

    def save(self, name: str, text: str) -> None:
        self.texts[name] = text


def decided(text: str, keys: str) -> bool:
    trust = countersign.TrustStore(keys)
    license = countersign.License.verify(text, trust)
    if TYPE_CHECKING:
        assert_type(license, countersign.License)
        assert_type(countersign.Lease.verify(b"", trust), countersign.Lease)
        assert_type(license.validity.ends_at, "datetime | None")
        assert_type(license.entitlements, dict[str, countersign.Entitlement])
    run = countersign.Run("acme/editor", domain="example.com", counts={"services": 3}, requires=["export"])
    decision = license.evaluate(run, datetime.now(timezone.utc), notice_before=[timedelta(days=1)])
    for denial in decision.denials:
        print(denial.code, denial.facts)
    check = license.prepare(run)
    return decision.allowed and check.allowed() and check.entitled("export")


async def activated(url: str, trust: countersign.TrustStore, typed: str) -> str:
    client = countersign.Client(url, trust, attempts=2, proxy=countersign.Proxy(None))
    async with client:
        with countersign.Session("acme/editor", trust, Shelf(), instance=countersign.Instance.machine("m")) as session:
            try:
                refresh = await session.activate(client, typed)
            except countersign.Refused as refused:
                return f"{refused.code} {refused.status} {[denial.code for denial in refused.denials]}"
            except countersign.Unreachable as unreachable:
                return f"{unreachable.code} {unreachable.retry_after}"
            if TYPE_CHECKING:
                assert_type(refresh.renewed, bool)
                assert_type(session.license, "countersign.License | None")
            return session.decide().report()


def refused(license: countersign.License, check: countersign.Check, session: countersign.Session) -> None:
    countersign.License("text")  # type: ignore[arg-type]
    countersign.Decision(object())  # type: ignore[arg-type]
    countersign.Check(license)  # type: ignore[arg-type]
    countersign.TrustStore(b"keys")  # type: ignore[arg-type]
    license.evaluate("acme/editor")  # type: ignore[arg-type]
    license.evaluate(session.run(), 1_775_001_600)  # type: ignore[arg-type]
    license.evaluate(session.run(), None, check.lease)  # type: ignore[call-arg]
    countersign.Run("acme/editor", purpose="run")  # type: ignore[arg-type]
    countersign.Pin.public_key("hash")  # type: ignore[arg-type]
    check.license = license  # type: ignore[misc]
    check.lease = license  # type: ignore[assignment]
    license.validity.grace = timedelta(0)  # type: ignore[misc]
    print(session.license.id)  # type: ignore[union-attr]
    session.load("name")  # type: ignore[attr-defined]
    countersign.Session("acme/editor", countersign.TrustStore(""), "folder")  # type: ignore[arg-type]


def failed(error: countersign.CountersignError) -> str:
    match error:
        case countersign.LicenseError() | countersign.ImportRefused():
            if TYPE_CHECKING:
                assert_type(error.refusal, "int | None")
            return error.code
        case countersign.StateOfAnotherProduct():
            return error.held
        case countersign.ClientError():
            return error.cause or error.code
        case _:
            return str(error)


def kept(check: countersign.Check, guard: countersign.ClockGuard, lease: countersign.Lease) -> countersign.Decision:
    check.lease, check.guard = lease, guard
    check.highest_revision = None
    check.notice_before = (timedelta(days=days) for days in (30, 7))
    if TYPE_CHECKING:
        assert_type(check.notice_before, "tuple[timedelta, ...] | None")
        assert_type(check.evaluate(guard.read()), countersign.Decision)
        assert_type(check.decision().holds_until, "datetime | None")
        assert_type(countersign.FileStorage.of_user("acme/editor"), "countersign.FileStorage | None")
        assert_type(countersign.match_domain(["*.example.com"], "a.example.com"), bool)
        assert_type(lease.instance.kind, str)
    return check.decision()
