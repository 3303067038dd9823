"""The terms of a license that have parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Window:
    """A span of time that a right lasts for, from its start up to but excluding its end."""

    starts_at: datetime | None
    """When it begins; `None` if it has always been open."""
    ends_at: datetime | None
    """The first moment after it; `None` if it never ends."""
    grace: timedelta
    """How long after its end it is still honored; zero if it is not. Here and below, what is longer than any
    `timedelta` is given as the longest.
    """


@dataclass(frozen=True)
class SeatRule:
    """How many instances may hold a seat at once, and what happens when one more asks."""

    limit: int | None
    """The most seats held at once; `None` for no limit."""
    on_full: str
    """What happens to a claim when all are held: `refuse` or `release_oldest`."""
    hold: str
    """How long an instance holds its seat: `until_released` or `while_leased`."""
    handovers: int | None
    """How many may still run on a lease of a seat given up; `None` for as many as seats, at least three."""


@dataclass(frozen=True)
class ActivationTerms:
    """How long an instance may prove offline that it holds a seat."""

    lease: timedelta
    """How long a lease lasts."""
    renew: timedelta
    """How long after its start a lease should be renewed."""


@dataclass(frozen=True)
class Entitlement:
    """The right to one feature."""

    until: datetime | None
    """The first moment it no longer counts; `None` if it lasts as long as the license."""
    value: str | None
    """A value of the vendor's own that goes with it."""


@dataclass(frozen=True)
class StatusTerms:
    """Where the authority states whether it honors a license."""

    index: int
    """The license's entry in the list."""
    uri: str
    """The address of the list, which names it."""
    freshness: timedelta | None
    """The list may be at most this old; `None` if a missing list does not deny."""
