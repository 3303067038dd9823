"""What a program of strict types writes, for type checkers alone: mypy --strict and pyright, strict as well."""

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
