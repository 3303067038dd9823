"""Prints what calls of the package cost beside empty calls through the same binding, in the same run.

`make bench` builds the library with the feature `bench`, which has the empty calls.
"""

import pathlib
import platform
import time

import countersign
from countersign._check import _monotonic, context_of
from countersign._uniffi import countersign_ffi as ffi

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRUST = countersign.TrustStore((ROOT / "examples" / "trust.jwks").read_text())
TEXT = (ROOT / "examples" / "editor.license").read_text()
LICENSE = countersign.License.verify(TEXT, TRUST)
RUN = countersign.Run("acme/editor", domain="shop.example.com", instance=countersign.Instance.machine("m-1"))
# Short bursts, so that some of them are not interrupted.
REPEATS = 400
ENOUGH = 0.001
PREPARED_AT_MOST = 150
DECISION_AT_MOST = 1.5


def cost(function):
    """Nanoseconds a call, the best of many runs: what is slower was disturbed."""
    times = 1
    while (took := spent(function, times)) < ENOUGH:
        times = max(times * 2, int(times * ENOUGH / max(took, 1e-6)))
    return min(spent(function, times) for _ in range(REPEATS)) / times * 1e9


def spent(function, times):
    loop = range(times)
    began = time.perf_counter()
    for _ in loop:
        function()
    return time.perf_counter() - began


def main():
    check = LICENSE.prepare(RUN)
    inner, run = LICENSE._inner, RUN._inner
    reading = countersign.ClockReading.trusted()
    context = context_of(reading, None, None, None, None)
    nothing = ffi.take_nothing

    def of_python():
        pass

    loop = cost(of_python)
    rows = [
        ("an empty function of Python, for scale", of_python, None),
        ("a look at the clock that a check looks at, for scale", _monotonic, None),
        ("empty call through the binding", nothing, None),
        ("empty call that takes a run and a context", lambda: ffi.take_decision_arguments(run, context), None),
        ("empty call that takes a text", lambda: ffi.take_text(TEXT, TRUST._inner), None),
        ("prepared check, allowed", check.allowed, 2),
        ("prepared check, the decision that is kept", check.decision, 2),
        ("prepared check, asked anew", lambda: check.evaluate(reading), 2),
        ("one decision, generated code alone", lambda: inner.evaluate(run, context), 3),
        ("one decision", lambda: LICENSE.evaluate(RUN, reading), 3),
        ("one decision with its report", lambda: LICENSE.evaluate(RUN, reading).report(), 3),
        ("verification from text", lambda: countersign.License.verify(TEXT, TRUST), 4),
    ]
    print(f"\nPython {platform.python_version()}, countersign {countersign.__version__}")
    print(f"{'call':<52} {'ns':>9}   beside")
    measured = []
    for name, function, beside in rows:
        measured.append(cost(function))
        ratio = "" if beside is None else f"{measured[-1] / measured[beside]:8.2f} of: {rows[beside][0]}"
        print(f"{name:<52} {measured[-1]:9.0f}   {ratio}")
    prepared, decision = measured[5], measured[10] / measured[3]
    print(
        f"aims: prepared check {prepared:.0f} ns of at most {PREPARED_AT_MOST}; "
        f"decision with its report {decision:.2f} of at most {DECISION_AT_MOST}"
    )
    print(f"(an empty call of a function of Python alone takes {loop:.0f} ns here)")


if __name__ == "__main__":
    main()
