"""The outcome of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ._clock import ClockReading
from ._errors import call, inner, own
from ._library import ffi
from ._moments import moment, optional_moment
from ._run import Instance, instance_of
from ._shared import _Shared


@dataclass(frozen=True)
class Denial:
    """A rule that failed, with the facts it failed on."""

    code: str
    """The stable name of the rule, in snake case: what programs match."""
    text: str
    """What failed, in one line for people. It may change between versions."""
    facts: dict[str, object]
    """What it failed on, by the names of docs/rules.md: moments are `datetime`, lengths `timedelta`."""
    is_lapse: bool
    """Whether what was granted has ended by time alone."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Notice:
    """What the user should be told although it does not deny."""

    code: str
    """The stable name of the notice, in snake case."""
    text: str
    """What there is to tell, in one line for people. It may change between versions."""
    facts: dict[str, object]
    """What it is about, by the names of docs/rules.md."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Reason:
    """A denial or a notice as an authority states it."""

    code: str
    """The stable name, in snake case."""
    report: str
    """All of it, as in the report of a decision: JSON on one line."""


class Decision(_Shared):
    """The outcome of an evaluation: allowed, unless something denies. It is true where it is allowed."""

    __slots__ = ("_allowed", "_inner")

    def __init__(self, inner: ffi.Decision) -> None:
        """Decisions are made by licenses, checks and sessions."""
        self._inner = own(inner, ffi.Decision, "License.evaluate")
        # Asked for when somebody wants to know, and once: who wants the report alone does not.
        self._allowed: bool | None = None

    @classmethod
    def without_license(cls, clock: ClockReading) -> Decision:
        """What a host decides that holds no license: `not_activated`, beside what the clock has to say."""
        return cls(call(ffi.Decision.without_license, inner(clock, ClockReading)))

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def allowed(self) -> bool:
        """Whether nothing denies."""
        if self._allowed is None:
            self._allowed = self._inner.allowed()
        return self._allowed

    @property
    def denials(self) -> tuple[Denial, ...]:
        """Every rule that failed, in the order of the rules."""
        asked = self._inner
        stated = zip(
            asked.denial_codes(), asked.denial_texts(), asked.denials(), asked.denial_lapses(), strict=True
        )
        return tuple(Denial(code, text, facts(denial), is_lapse) for code, text, denial, is_lapse in stated)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the user should be told although it does not deny, such as an end that is near."""
        stated = zip(self._inner.notice_codes(), self._inner.notice_texts(), self._inner.notices(), strict=True)
        return tuple(Notice(code, text, facts(notice)) for code, text, notice in stated)

    @property
    def decided_at(self) -> datetime:
        """The moment that rules were applied at."""
        return moment(self._inner.decided_at())

    @property
    def holds_until(self) -> datetime | None:
        """The first moment at which the passing of time alone changes this decision; `None` if it never does."""
        return optional_moment(self._inner.holds_until())

    @property
    def last_contact_at(self) -> datetime | None:
        """When the authority was last heard of by something it signed, as far as the context states it; a session
        always does, once it was.
        """
        return optional_moment(self._inner.last_contact_at())

    def entitled(self, code: str) -> bool:
        """Whether a feature may be used: allowed, and the license has the entitlement, and it had not ended at the
        moment decided.
        """
        return call(self._inner.entitled, code)

    def stays_on(self, code: str) -> bool:
        """Whether a feature may be used that the product keeps on where the license lapses: as `entitled`, and also
        where nothing denies but that time has ended what was granted.
        """
        return call(self._inner.stays_on, code)

    def report(self) -> str:
        """The report of docs/rules.md: JSON on one line, the same bytes in every language."""
        return self._inner.report()

    def __repr__(self) -> str:
        return f"Decision({self.report()})"


def facts(reason: Any) -> dict[str, object]:
    """What a denial or notice of the library carries, as values of Python."""
    return {name: _fact(name, value) for name, value in vars(reason).items()}


def _fact(name: str, value: Any) -> object:
    if isinstance(value, int):
        is_moment = name.endswith(("_at", "until")) or name == "since"
        return moment(value) if is_moment else value
    if hasattr(value, "is_machine"):
        instance: Instance = instance_of(value)
        return instance
    # An enum of the library: the name of a fact that is not stated.
    return value.name.lower() if hasattr(value, "name") else value
