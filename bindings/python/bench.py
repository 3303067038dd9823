"""Prints what calls of the package cost beside empty calls through the same binding, in the same run.

`bench.sh` builds the library with the feature `bench`, which has the empty calls; of another library they are left
out. An argument states how often each call is measured.
"""

from __future__ import annotations

import pathlib
import platform
import sys
import time
from collections.abc import Callable

from countersign._check import _monotonic, context_of
from countersign._clock import ClockReading
from countersign._documents import License, TrustStore
from countersign._library import __version__, untyped
from countersign._run import Instance, Run

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRUST = TrustStore((ROOT / "examples" / "trust.jwks").read_text())
TEXT = (ROOT / "examples" / "editor.license").read_text()
LICENSE = License.verify(TEXT, TRUST)
RUN = Run("acme/editor", domain="shop.example.com", instance=Instance.machine("m-1"))
# Short bursts, so that some of them are not interrupted.
REPEATS = 400
ENOUGH = 0.001
PREPARED_AT_MOST = 150
DECISION_AT_MOST = 1.5

NOTHING = "empty call through the binding"
ARGUMENTS = "empty call that takes a run and a context"
A_TEXT = "empty call that takes a text"
PREPARED = "prepared check, allowed"
REPORT = "one decision with its report"

Call = Callable[[], object]


def costs(functions: list[Call], repeats: int) -> list[float]:
    """Nanoseconds a call of each, the best of many runs: what is slower was disturbed. They run in turns, so that a
    machine that is slower for a while is so for all of them.
    """
    counts = [times_enough(function) for function in functions]
    turns = [
        [spent(function, times) / times * 1e9 for function, times in zip(functions, counts, strict=True)]
        for _ in range(repeats)
    ]
    return [min(turn[number] for turn in turns) for number in range(len(functions))]


def times_enough(function: Call) -> int:
    """How often it is called in a run."""
    times = 1
    while (took := spent(function, times)) < ENOUGH:
        times = max(times * 2, int(times * ENOUGH / max(took, 1e-6)))
    return times


def spent(function: Call, times: int) -> float:
    loop = range(times)
    began = time.perf_counter()
    for _ in loop:
        function()
    return time.perf_counter() - began


def of_python() -> None:
    pass


def rows() -> list[tuple[str, Call, str | None]]:
    """What is measured, and beside which empty call it is shown."""
    check = LICENSE.prepare(RUN)
    inner, run = LICENSE._inner, RUN._inner
    reading = ClockReading.trusted()
    context = context_of(reading, None, None, None, None, None, None)
    found: list[tuple[str, Call, str | None]] = [
        ("an empty function of Python, for scale", of_python, None),
        ("a look at the clock that a check looks at, for scale", _monotonic, None),
    ]
    if hasattr(untyped, "take_nothing"):
        found += [
            (NOTHING, untyped.take_nothing, None),
            (ARGUMENTS, lambda: untyped.take_decision_arguments(run, context), None),
            (A_TEXT, lambda: untyped.take_text(TEXT, TRUST._inner), None),
        ]
    return found + [
        (PREPARED, check.allowed, NOTHING),
        ("prepared check, the decision that is kept", check.decision, NOTHING),
        ("prepared check, asked anew", lambda: check.evaluate(reading), NOTHING),
        ("one decision, generated code alone", lambda: inner.evaluate(run, context), ARGUMENTS),
        ("one decision", lambda: LICENSE.evaluate(RUN, reading), ARGUMENTS),
        ("one decision, and then its report", lambda: LICENSE.evaluate(RUN, reading).report(), ARGUMENTS),
        (REPORT, lambda: LICENSE.report(RUN, reading), ARGUMENTS),
        ("verification from text", lambda: License.verify(TEXT, TRUST), A_TEXT),
    ]


def main(repeats: int) -> None:
    shown = rows()
    loop, *nanoseconds = costs([of_python, *(function for _, function, _ in shown)], repeats)
    print(f"\nPython {platform.python_version()}, countersign {__version__}")
    print(f"{'call':<52} {'ns':>9}   beside")
    measured: dict[str, float] = {}
    for (name, _, beside), took in zip(shown, nanoseconds, strict=True):
        measured[name] = took
        ratio = f"{measured[name] / measured[beside]:8.2f} of: {beside}" if beside in measured else ""
        print(f"{name:<52} {measured[name]:9.0f}   {ratio}")
    aims = f"aims: prepared check {measured[PREPARED]:.0f} ns of at most {PREPARED_AT_MOST}"
    if ARGUMENTS in measured:
        decision = measured[REPORT] / measured[ARGUMENTS]
        aims += f"; decision with its report {decision:.2f} of at most {DECISION_AT_MOST}"
    print(aims)
    print(f"(an empty call of a function of Python alone takes {loop:.0f} ns here)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS)
