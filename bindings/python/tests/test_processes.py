"""Threads that share a session, and processes that were forked."""

import os
import sys
import threading
from datetime import timedelta

import countersign
import pytest
from test_session import LEASED, opened


def together(count, work):
    """Has that many threads work at once, and raises what any of them raised."""
    failures, start = [], threading.Barrier(count)

    def run():
        try:
            start.wait()
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def test_eight_threads_share_a_session_and_a_check(authority):
    license_key, _ = authority.issue(*LEASED)
    trust = countersign.TrustStore(authority.trust())
    with countersign.Client(authority.url, trust) as client, opened(authority, countersign.MemoryStorage()) as session:
        session.activate_blocking(client, license_key)
        check, of_license = session.prepare(), session.license.prepare(countersign.Run("acme/editor", domain="localhost"))
        run = session.run()

        def work():
            for _ in range(2_000):
                assert check.allowed()
                assert not of_license.allowed()
            for _ in range(100):
                assert session.decide(run) and check.decision().entitled("export")
                assert of_license.evaluate().denials[0].code == "not_stated"
                check._forget()
            for _ in range(3):
                session.tick()
                session.refresh_now_blocking(client)

        together(8, work)
        assert check.allowed()


def forked(work):
    """Works in a child of this process; what it raises there fails here."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_child_decides_and_asks_with_what_its_parent_opened(authority, tmp_path):
    license_key, _ = authority.issue(*LEASED)
    trust = countersign.TrustStore(authority.trust())
    client = countersign.Client(authority.url, trust, attempts=1, give_up_after=timedelta(seconds=60))
    with opened(authority, countersign.FileStorage(tmp_path)) as session:
        check = session.prepare()
        # The parent has a connection, and the thread that serves it.
        session.activate_blocking(client, license_key)
        assert check.allowed()

        def work():
            assert check.allowed() and session.decide() and session.decide(session.run())
            assert session.license.prepare(session.run()).evaluate().denials[0].code == "not_activated"
            assert session.refresh_now_blocking(client).renewed
            session.tick()
            forked(lambda: session.refresh_now_blocking(client))

        forked(work)
        forked(work)
        session.tick()
        assert check.allowed() and session.refresh_now_blocking(client).renewed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_child_that_is_forked_while_threads_decide_decides(authority):
    license_key, _ = authority.issue(*LEASED)
    trust = countersign.TrustStore(authority.trust())
    with countersign.Client(authority.url, trust) as client, opened(authority, countersign.MemoryStorage()) as session:
        session.activate_blocking(client, license_key)
        check, stop = session.prepare(), threading.Event()

        def busy():
            while not stop.is_set():
                check._forget()
                check.allowed()

        threads = [threading.Thread(target=busy) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(20):
                forked(lambda: check.decision() or sys.exit(1))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
