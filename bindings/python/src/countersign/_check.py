"""The fast path: a decision that is kept for as long as it holds, and a second at most."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ._clock import ClockGuard, ClockReading
from ._decision import Decision
from ._errors import InvalidType, SessionError, call, inner, optional_inner, own
from ._library import ffi
from ._moments import optional_seconds, seconds
from ._shared import _Bound

if TYPE_CHECKING:
    from ._documents import License, Lease, StatusList
    from ._run import ListedStatus, Run
    from ._session import Session

KEPT_FOR = 1.0
"""How long a decision is kept at most, in seconds of running time: then the clock is looked at again."""

# One that counts sleep, where there is one: a machine that wakes after an end is not given the answer from
# before it.
_boottime = getattr(time, "CLOCK_BOOTTIME", None)
_monotonic: Callable[[], float] = (
    time.monotonic if _boottime is None else functools.partial(time.clock_gettime, _boottime)
)

class _Slot:
    """Where a decision is kept, from one change of what is known to the next."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        # Until when, by the monotonic clock; whether it allows; and the decision. One value, so that whoever
        # reads it has three that belong together.
        self.kept: tuple[float, bool, Decision | None] = (0.0, False, None)


class _Kept(_Bound):
    """A decision that is kept. There is no lock that a signal handler, a finalizer or a fork could find held."""

    __slots__ = ("_slot", "__weakref__")

    _slot: _Slot

    def __init__(self) -> None:
        self._slot = _Slot()

    def allowed(self) -> bool:
        """Whether the run is allowed: what to call on a hot path, from any number of threads.

        The answer is exact at the moment of the call, with one bound: what changes other than by the
        passing of time (a clock that is set, what another process was given) is seen within a second.
        """
        kept = self._slot.kept
        if _monotonic() < kept[0]:
            return kept[1]
        return self.decision().allowed

    def entitled(self, code: str) -> bool:
        """Whether a feature may be used, by the decision that is kept."""
        return self.decision().entitled(code)

    def stays_on(self, code: str) -> bool:
        """Whether a feature may be used that stays on where the license lapses, by the decision that is kept."""
        return self.decision().stays_on(code)

    def decision(self) -> Decision:
        """The decision that is kept, or a new one where it does not hold any more."""
        slot = self._slot
        until, _, kept = slot.kept
        began = _monotonic()
        if began < until and kept is not None:
            return kept
        # What changes from here on takes the slot away: then this decision is given, and not kept.
        decision = self._ask()
        slot.kept = (began + self._keep_for(decision), decision.allowed, decision)
        return decision

    def _ask(self) -> Decision:
        raise NotImplementedError

    def _keep_for(self, decision: Decision) -> float:
        holds_until = decision._inner.holds_until()
        if holds_until is None:
            return KEPT_FOR
        # Moments are whole seconds: of the one in which it was made, up to all may have passed.
        return min(KEPT_FOR, max(0.0, float(holds_until - decision._inner.decided_at() - 1)))

    def _forget(self) -> None:
        """To be called after something has changed, not before."""
        self._slot = _Slot()


class Check(_Kept):
    """A run bound to a license once, to be asked again and again.

    `allowed` is for hot paths; `evaluate` decides anew, in whatever context. What is known besides the run is
    set on the check, and counts from then on: `check.lease = renewed`.
    """

    __slots__ = ("_guard", "_highest_revision", "_inner", "_last_contact_at", "_last_status", "_lease", "_notice_before", "_statuses")

    def __init__(self, inner: ffi.Check) -> None:
        """Checks are made by `License.prepare`."""
        super().__init__()
        self._inner = own(inner, ffi.Check, "License.prepare")
        self._lease: Lease | None = None
        self._statuses: StatusList | None = None
        self._highest_revision: int | None = None
        self._notice_before: tuple[timedelta, ...] | None = None
        self._last_contact_at: datetime | None = None
        self._last_status: ListedStatus | None = None
        self._guard: ClockGuard | None = None

    @property
    def license(self) -> License:
        """The license that it is bound to."""
        from ._documents import License

        return License._of(self._inner.license())

    @property
    def run(self) -> Run:
        """The run that it decides about."""
        from ._run import run_of

        return run_of(self._inner.run())

    @property
    def lease(self) -> Lease | None:
        """The lease that shows the seat of the run's instance."""
        return self._lease

    @lease.setter
    def lease(self, lease: Lease | None) -> None:
        from ._documents import Lease

        optional_inner(lease, Lease)
        self._lease = lease
        self._forget()

    @property
    def statuses(self) -> StatusList | None:
        """The newest status list that the host holds."""
        return self._statuses

    @statuses.setter
    def statuses(self, statuses: StatusList | None) -> None:
        from ._documents import StatusList

        optional_inner(statuses, StatusList)
        self._statuses = statuses
        self._forget()

    @property
    def highest_revision(self) -> int | None:
        """The highest revision of this license that the host has ever seen."""
        return self._highest_revision

    @highest_revision.setter
    def highest_revision(self, revision: int | None) -> None:
        self._refuse(highest_revision=revision)
        self._highest_revision = revision
        self._forget()

    @property
    def notice_before(self) -> tuple[timedelta, ...] | None:
        """How long before an end notices begin, in any order; `None` for 30, 7 and 1 days."""
        return self._notice_before

    @notice_before.setter
    def notice_before(self, thresholds: Iterable[timedelta] | None) -> None:
        before = None if thresholds is None else call(lambda: tuple(thresholds))
        self._refuse(notice_before=before)
        self._notice_before = before
        self._forget()

    @property
    def last_contact_at(self) -> datetime | None:
        """When the authority was last heard of by something it signed. No rule looks at it: it is told with the decision."""
        return self._last_contact_at

    @last_contact_at.setter
    def last_contact_at(self, moment: datetime | None) -> None:
        self._refuse(last_contact_at=moment)
        self._last_contact_at = moment
        self._forget()

    @property
    def last_status(self) -> ListedStatus | None:
        """What the newest list that the host ever held said of this license. It only takes something away."""
        return self._last_status

    @last_status.setter
    def last_status(self, listed: ListedStatus | None) -> None:
        self._refuse(last_status=listed)
        self._last_status = listed
        self._forget()

    @property
    def guard(self) -> ClockGuard | None:
        """What the time is taken from; `None` to take this machine's clock at its word."""
        return self._guard

    @guard.setter
    def guard(self, guard: ClockGuard | None) -> None:
        optional_inner(guard, ClockGuard)
        self._guard = guard
        self._forget()

    def evaluate(self, at: ClockReading | datetime | None = None) -> Decision:
        """Decides anew: at a reading or a moment, by the guard or this machine's clock unless stated."""
        return Decision(call(self._inner.evaluate, self._context(at)))

    def report(self, at: ClockReading | datetime | None = None) -> str:
        """Decides anew, and gives the report alone.

        As `evaluate` does, at a reading or a moment, by the guard or this machine's clock unless stated.
        """
        return call(self._inner.report, self._context(at))

    def _ask(self) -> Decision:
        return self.evaluate()

    def _refuse(
        self,
        highest_revision: int | None = None,
        notice_before: tuple[timedelta, ...] | None = None,
        last_contact_at: datetime | None = None,
        last_status: ListedStatus | None = None,
    ) -> None:
        """Refuses what does not fit where it is set, and not where the check is asked."""
        context = context_of(None, None, None, highest_revision, notice_before, last_contact_at, last_status)
        call(self._inner.evaluate, context)

    def _context(self, at: ClockReading | datetime | None) -> Any:
        return context_of(
            self._reading() if at is None else at,
            self._lease,
            self._statuses,
            self._highest_revision,
            self._notice_before,
            self._last_contact_at,
            self._last_status,
        )

    def _reading(self) -> ClockReading:
        return ClockReading.trusted() if self._guard is None else self._guard.read()

    def __repr__(self) -> str:
        return f"Check({self._inner.license().id()!r})"


class SessionCheck(_Kept):
    """A run that a session is asked about again and again: `allowed` is for hot paths.

    What this process changes of the session counts at once; `evaluate` decides anew.
    """

    __slots__ = ("_inner", "_kept_for", "_session")

    def __init__(self, session: Session, inner: ffi.SessionCheck, *, is_clock_fixed: bool) -> None:
        """Checks are made by `Session.prepare`."""
        super().__init__()
        # Lives as long as its checks do.
        self._session: Session | None = session
        self._inner: ffi.SessionCheck | None = own(inner, ffi.SessionCheck, "Session.prepare")
        # A clock that is set by hand may go anywhere at any time.
        self._kept_for = 0.0 if is_clock_fixed else KEPT_FOR

    def evaluate(self) -> Decision:
        """Decides anew, from what the session holds now."""
        asked = self._inner
        if asked is None:
            raise SessionError("the session was closed", code="closed")
        return Decision(asked.decide())

    def _ask(self) -> Decision:
        return self.evaluate()

    def _close(self) -> None:
        self._inner = None
        self._forget()

    def _keep_for(self, decision: Decision) -> float:
        return min(self._kept_for, super()._keep_for(decision))

    def __repr__(self) -> str:
        return "SessionCheck()"


def context_of(
    at: ClockReading | datetime | None,
    lease: Lease | None,
    statuses: StatusList | None,
    highest_revision: int | None,
    notice_before: Iterable[timedelta] | None,
    last_contact_at: datetime | None,
    last_status: ListedStatus | None,
) -> Any:
    """What is known of a run beyond the product's word, as the library takes it."""
    from ._documents import Lease, StatusList

    reading = at if isinstance(at, ClockReading) else ClockReading.trusted(at)
    return ffi.Context(
        clock=inner(reading, ClockReading),
        lease=optional_inner(lease, Lease),
        statuses=optional_inner(statuses, StatusList),
        highest_revision=highest_revision,
        notice_before=None if notice_before is None else call(lambda: list(notice_before)),
        last_contact_at=optional_seconds(last_contact_at),
        last_status=None if last_status is None else _listed(last_status),
    )


def _listed(status: ListedStatus) -> Any:
    from ._run import ListedStatus

    if not isinstance(status, ListedStatus):
        raise InvalidType(f"a ListedStatus is asked for, not {type(status).__name__}", code="invalid_type")
    return ffi.ListedStatus(status=status.status, listed_at=seconds(status.listed_at))
