"""Nothing is left behind: neither of decisions, nor of activations."""

import asyncio
import gc
import os
import sys
from datetime import timedelta

import countersign
import pytest
from test_session import LEASED
from test_storage import Shelf
from test_values import LICENSE, run
from test_vectors import TRUST

DECISIONS = 1_000_000
ACTIVATIONS = 1_000
NOTICED = 20_000
# In how many halves a leak is to show.
HALVES = 3

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="this platform does not say")


class Taken:
    """What this process takes: its resident memory in bytes, and how many blocks Python has allocated."""

    def __init__(self):
        gc.collect()
        self.blocks = sys.getallocatedblocks()
        with open("/proc/self/statm") as statm:
            self.resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Halves:
    """What is taken after each half of the turns, with turns before that make all that is made once."""

    def __init__(self, work, times):
        self.work, self.half = work, times // 2
        work(times // 10)
        work(self.half)
        self.last = Taken()

    def faults(self):
        """What shows that something is left behind, half after half: a thread more on a busy machine takes its memory
        once."""
        found = ["resident", "blocks"]
        for _ in range(HALVES):
            faults = self.faults_of_next()
            found = [fault for fault in found if fault in faults]
            if not found:
                break
        return found

    def faults_of_next(self):
        first = self.last
        self.work(self.half)
        self.last = Taken()
        growth = self.last.resident / first.resident - 1
        blocks = self.last.blocks - first.blocks
        print(f"\n{first.resident} bytes, then {growth:+.2%}; {blocks:+} blocks")
        # One object in two turns is a leak, however small it is beside the rest.
        return [fault for fault, shows in (("resident", growth > 0.02), ("blocks", blocks > self.half // 2)) if shows]


def test_a_million_decisions():
    check, stated = LICENSE.prepare(run()), run()

    def work(times):
        for number in range(times):
            decision = check.evaluate() if number % 4 else LICENSE.evaluate(stated)
            assert decision.allowed
            if number % 100 == 0:
                assert not decision.denials and decision.report()

    assert Halves(work, DECISIONS).faults() == []


def test_a_thousand_activations(authority):
    license_key, _ = authority.issue("--seats", "1", *LEASED)
    trust = countersign.TrustStore(authority.trust())
    machine = countersign.Instance.machine("m-1")

    def opened(number):
        storage = countersign.MemoryStorage() if number % 4 == 0 else Shelf()
        return countersign.Session("acme/editor", trust, storage, instance=machine)

    def decided(session):
        check = session.prepare()
        assert check.allowed() and check.decision().report()

    def work(times):
        with countersign.Client(authority.url, trust, give_up_after=timedelta(seconds=60)) as client:

            async def awaited():
                for number in range(times // 2):
                    with opened(number) as session:
                        assert (await session.activate(client, license_key)).activated
                        decided(session)

            asyncio.run(awaited())
            for number in range(times // 2):
                session = opened(number)
                assert session.activate_blocking(client, license_key).activated
                decided(session)
                # Half of them are left to the collector.
                if number % 2:
                    session.close()

    assert Halves(work, ACTIVATIONS).faults() == []


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_a_key_that_is_no_bytes_leaves_no_state_behind(kind):
    key, state = kind(b"key"), "x" * 1000

    def work(times):
        for _ in range(times):
            with pytest.raises(countersign.InvalidType) as caught:
                countersign.ClockGuard.restore(state, key)
            assert caught.value.code == "invalid_type"

    assert Halves(work, 2 * NOTICED).faults() == []


def test_what_python_keeps_is_noticed():
    kept = []
    assert Halves(lambda times: kept.extend(bytes(500) for _ in range(times)), 2 * NOTICED).faults() == ["resident", "blocks"]


def test_one_object_a_turn_is_noticed():
    kept = []
    assert Halves(lambda times: kept.extend(object() for _ in range(times)), ACTIVATIONS).faults() == ["blocks"]


def test_what_the_library_keeps_is_noticed():
    """A store of which something holds one reference more is never freed: its memory is none of Python's."""
    keys = TRUST["acme"].to_jwks()

    def work(times):
        for _ in range(times):
            countersign.TrustStore(keys)._inner._uniffi_clone_handle()

    assert Halves(work, 2 * NOTICED).faults() == ["resident"]
