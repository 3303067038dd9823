"""A check may be asked and changed at any moment: while it is being asked, by the same thread or by another."""

import gc
import pathlib
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import countersign
import pytest
from test_storage import Shelf, opened
from test_values import LICENSE, run

HERE = str(pathlib.Path(__file__).parent)


class Guard(countersign.ClockGuard):
    """A clock guard of the host's own, which does something while a check asks it for the time."""

    def __init__(self):
        super().__init__()
        self.meanwhile = None

    def read(self, tick=None):
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return super().read(tick)


@pytest.fixture
def check():
    check = LICENSE.prepare(run())
    check.guard = Guard()
    return check


def ends(work):
    """Has a thread do it, which is to come to an end, and gives what it gave."""
    gave = []
    thread = threading.Thread(target=lambda: gave.append(work()), daemon=True)
    thread.start()
    thread.join(timeout=120)
    assert not thread.is_alive(), "it waits for itself"
    return gave[0]


def codes(decision):
    return [denial.code for denial in decision.denials]


def test_who_is_asked_for_the_time_may_ask_a_check(check):
    other, asked = LICENSE.prepare(run()), []
    check.guard.meanwhile = lambda: asked.append((check.allowed(), other.allowed()))
    assert ends(check.allowed)
    assert asked == [(True, True)]


def test_what_is_set_while_a_check_is_asked_counts_from_then_on(check):
    def meanwhile():
        check.highest_revision = 2

    check.guard.meanwhile = meanwhile
    ends(check.allowed)
    assert codes(check.decision()) == ["license_superseded"] and not check.allowed()


def test_what_another_thread_sets_while_a_check_is_asked_counts_from_then_on(check):
    def meanwhile():
        ends(lambda: setattr(check, "highest_revision", 2))
        assert not check.allowed()

    check.guard.meanwhile = meanwhile
    ends(check.allowed)
    assert codes(check.decision()) == ["license_superseded"] and not check.allowed()


def test_a_finalizer_asks_a_check(check):
    asked = []

    class Owner:
        def __init__(self):
            self.itself = self

        def __del__(self):
            asked.append(check.allowed())

    def meanwhile():
        Owner()
        gc.collect()

    check.guard.meanwhile = meanwhile
    assert ends(check.allowed)
    assert asked == [True]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this platform has no timers")
def test_a_signal_handler_asks_checks_and_sessions():
    # In a process of its own: who waits for itself in a handler cannot be told to stop.
    ran = subprocess.run([sys.executable, "-c", INTERRUPTED, HERE], timeout=300, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "done\n", "")


INTERRUPTED = """
import signal, sys, time
import countersign
sys.path.insert(0, sys.argv[1])
from test_values import LICENSE, TRUST, run

check, handled, within, is_over = LICENSE.prepare(run()), 0, 0, False
session = countersign.Session("acme/editor", TRUST["acme"], countersign.MemoryStorage())
of_session = session.prepare()

def handle(number, frame):
    global handled, within
    handled, within = handled + 1, within + 1
    # A handler may be interrupted by the next, but not without end where it takes longer than the timer.
    if within < 3:
        again()
    check.highest_revision = None
    of_session._forget()
    assert check.allowed() and not of_session.allowed() and not session.prepare().allowed()
    session.tick()
    within -= 1
    again()

def again():
    signal.setitimer(signal.ITIMER_REAL, 0 if is_over else 0.002)

signal.signal(signal.SIGALRM, handle)
again()
until = time.monotonic() + 1
while time.monotonic() < until or handled < 100:
    check.highest_revision = None
    assert check.allowed()
    assert not session.prepare().allowed()
    session.tick()
is_over = True
again()
print("done")
"""


def test_a_storage_asks_the_checks_of_its_session():
    shelf, asked = Shelf(), []
    with opened(shelf) as session:
        check = session.prepare()

        def meanwhile():
            asked.append((check.allowed(), session.decide().allowed, session.prepare().allowed()))
            asked.append(ends(lambda: (check.allowed(), session.decide().allowed, session.prepare().allowed())))

        shelf.meanwhile = meanwhile
        ends(session.save)
        shelf.meanwhile = None
    assert asked == [(False,) * 3] * 2


def test_checks_that_are_let_go_of_are_not_kept():
    with opened(countersign.MemoryStorage()) as session:
        check = session.prepare()
        for _ in range(1000):
            session.prepare()
        gc.collect()
        assert len(session._prepared()) == 1
        session.tick()
        assert check.decision().holds_until is None and session.next_wait() >= timedelta(seconds=1)
