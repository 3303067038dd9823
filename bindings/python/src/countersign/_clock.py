"""Clocks, and what is made of them when they are set back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ._errors import InvalidType, call, inner, own
from ._library import ffi
from ._moments import LATEST, moment, optional_seconds, seconds
from ._shared import _Bound, _Shared

if TYPE_CHECKING:
    from ._documents import Lease

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


@dataclass(frozen=True)
class Tick:
    """What a host's two clocks show at one moment."""

    wall: datetime
    """The wall clock, which the customer may set."""
    monotonic: timedelta
    """A clock that only ever goes on, from any start; one that counts sleep where there is one."""

    @classmethod
    def now(cls) -> Tick:
        """What the clocks of this machine show: of a wall clock out of range, the nearest moment there is."""
        return cls(moment(_wall_now()), monotonic_now())

    @property
    def _inner(self) -> Any:
        if not isinstance(self.monotonic, timedelta):
            raise InvalidType("a timedelta is asked for", code="invalid_type")
        return ffi.Tick(wall=seconds(self.wall), monotonic=self.monotonic)


def _wall_now() -> int:
    """The seconds since 1970 that the wall clock of this machine shows, which may have been set to anything."""
    return min(max(int(time.time()), 0), LATEST)


def monotonic_now() -> timedelta:
    """What a clock of this machine shows that only ever goes on."""
    shown = time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)
    return timedelta(seconds=shown)


def _tick(stated: Tick | None) -> Any:
    return inner(Tick.now() if stated is None else stated, Tick)


class ClockReading(_Shared):
    """A moment to evaluate at, and how far the host's clock lay behind it."""

    __slots__ = ("_inner",)

    def __init__(self, inner: ffi.ClockReading) -> None:
        """Readings are given by `trusted` and by clock guards."""
        self._inner = own(inner, ffi.ClockReading, "ClockReading.trusted")

    @classmethod
    def trusted(cls, now: datetime | None = None) -> ClockReading:
        """Takes a moment at its word, the machine's unless stated: for servers, whose clock the customer does not set."""
        shown = _wall_now() if now is None else seconds(now)
        return cls(call(ffi.ClockReading.trusted, shown))

    @property
    def now(self) -> datetime:
        """The moment that rules are applied at."""
        return moment(self._inner.now())

    @property
    def behind(self) -> timedelta:
        """How far the host's clock was set back; zero if it was not."""
        return self._inner.behind()

    def __repr__(self) -> str:
        return f"ClockReading({self.now.isoformat()})"


class ClockGuard(_Bound):
    """Notices when the host's clock is set back or far ahead, and heals: docs/rules.md, section 4.

    A `Session` has one of its own. Its state is a small text that the host keeps between runs: saved after
    the first reading, every ten minutes, and at exit. Ticks are those of this machine unless stated.
    """

    __slots__ = ("_inner",)

    def __init__(self, start: Tick | None = None) -> None:
        """A guard without state: of a first run, or of a host that has nowhere to keep it."""
        self._inner = call(ffi.ClockGuard, _tick(start))

    @classmethod
    def restore(cls, state: str, key: bytes, start: Tick | None = None) -> ClockGuard:
        """A guard that takes up the state that was saved, at the start of a run. The key is the one it was saved with:
        any value of this machine.
        """
        guard = cls.__new__(cls)
        guard._inner = call(ffi.ClockGuard.restore, state, key, _tick(start))
        return guard

    def unguarded(self) -> None:
        """From now on the readings say that the state can be read and not be saved, with the notice
        `clock_unguarded`.
        """
        self._inner.unguarded()

    def take_over(self, state: str, key: bytes, tick: Tick | None = None) -> None:
        """Takes up what another run saved while this one goes on, where several share one state.

        That is no start: the later of what both know counts. What cannot be taken up changes nothing.
        """
        call(self._inner.take_over, state, key, _tick(tick))

    def hold(self, newest: datetime | None, tick: Tick | None = None) -> None:
        """States the latest moment at which any document held now was signed."""
        call(self._inner.hold, optional_seconds(newest), _tick(tick))

    def accepts(self, issued_at: datetime, tick: Tick | None = None) -> bool:
        """Whether a document signed at that moment is to be kept: not where it was signed more than 24 hours ahead of
        trusted time.
        """
        return call(self._inner.accepts, seconds(issued_at), _tick(tick))

    def read(self, tick: Tick | None = None) -> ClockReading:
        """The moment to apply rules at, and how far the wall clock can be believed."""
        return ClockReading(call(self._inner.read, _tick(tick)))

    def peek(self, tick: Tick | None = None) -> ClockReading:
        """What a reading would give, without counting the time until then."""
        return ClockReading(call(self._inner.peek, _tick(tick)))

    def heal(self, challenge: Challenge, answer: Lease, tick: Tick | None = None) -> None:
        """Takes the time from an answer of the authority, if it is the answer to the challenge and came within 60
        seconds.
        """
        from ._documents import Lease

        call(self._inner.heal, inner(challenge, Challenge), inner(answer, Lease), _tick(tick))

    def save(self, key: bytes) -> str:
        """The state as text, with a code under the key that shows damage, and copies to a machine of another key."""
        return call(self._inner.save, key)

    def __repr__(self) -> str:
        return "ClockGuard()"


class Challenge(_Bound):
    """A nonce that this process drew and sent, to know the answer by. It can be spent once."""

    __slots__ = ("_inner",)

    def __init__(self, nonce: str, sent: timedelta | None = None) -> None:
        """The nonce is base64url of 16 bytes, drawn at random for this one request."""
        self._inner = call(ffi.Challenge, nonce, monotonic_now() if sent is None else sent)

    def __repr__(self) -> str:
        return "Challenge(…)"


class FixedClock(_Bound):
    """Clocks that are set by hand, and go on only when they are told to: for tests and simulations."""

    __slots__ = ("_inner",)

    def __init__(self, wall: datetime) -> None:
        """Clocks of a machine that was started just now."""
        self._inner = call(ffi.FixedClock, seconds(wall))

    def advance(self, time: timedelta) -> None:
        """Lets time pass, by both clocks; of the wall clock whole seconds."""
        call(self._inner.advance, time)

    def set_wall(self, wall: datetime) -> None:
        """Sets the wall clock, as a customer might. The other one does not notice."""
        call(self._inner.set_wall, seconds(wall))

    def __repr__(self) -> str:
        return "FixedClock()"
