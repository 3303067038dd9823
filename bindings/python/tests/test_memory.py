"""Nothing is left behind: neither of decisions, nor of activations."""

import asyncio
import gc
import os
from datetime import timedelta

import countersign
import pytest
from test_session import LEASED, opened
from test_values import LICENSE, run

DECISIONS = 1_000_000
ACTIVATIONS = 1_000


def resident():
    """The resident memory of this process, in bytes."""
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def grows_by_little(work, times):
    work(times // 2)
    half = resident()
    work(times - times // 2)
    whole = resident()
    print(f"\n{half} bytes after the first half, {whole} after the second: {whole / half - 1:+.2%}")
    assert whole <= half * 1.02


pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="this platform does not say")


def test_a_million_decisions():
    check, stated = LICENSE.prepare(run()), run()

    def work(times):
        for number in range(times):
            decision = check.evaluate() if number % 4 else LICENSE.evaluate(stated)
            assert decision.allowed
            if number % 100 == 0:
                assert not decision.denials and decision.report()

    grows_by_little(work, DECISIONS)


def test_a_thousand_activations(authority):
    license_key, _ = authority.issue("--seats", "1", *LEASED)
    trust = countersign.TrustStore(authority.trust())
    client = countersign.Client(authority.url, trust, give_up_after=timedelta(seconds=60))

    async def activated(times):
        for _ in range(times // 2):
            with opened(authority, countersign.MemoryStorage(), instance=countersign.Instance.machine("m-1")) as session:
                await session.activate(client, license_key)
                assert session.decide()

    def work(times):
        asyncio.run(activated(times))
        for _ in range(times // 2):
            with opened(authority, countersign.MemoryStorage(), instance=countersign.Instance.machine("m-1")) as session:
                session.activate_blocking(client, license_key)
                assert session.decide()

    grows_by_little(work, ACTIVATIONS)
