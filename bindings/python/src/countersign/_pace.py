"""When to ask an authority, for hosts that keep the documents themselves."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from ._documents import Lease, License, StatusList
from ._errors import call, inner
from ._library import ffi
from ._moments import moment, optional_moment
from ._shared import _Shared


class Pace(_Shared):
    """When an installation asks its authority, such that a million of them do not ask in one second. A `Session` keeps to
    it by itself; a host that keeps the documents itself asks it.

    What is drawn is drawn from a number that the installation keeps: another one for each installation and each
    lease, and the same one however often it is asked for.
    """

    __slots__ = ("_inner",)

    def __init__(self, installation: str) -> None:
        """The pace of an installation that drew this number when it was first started: base64url of 16 random bytes."""
        self._inner = call(ffi.Pace, installation)

    def renewal_at(self, lease: Lease) -> datetime:
        """When a lease is renewed: in the last three quarters of the time up to its `renew_at`."""
        return moment(call(self._inner.renewal_at, inner(lease, Lease)))

    def refresh_at(self, statuses: StatusList, license: License) -> datetime:
        """When a status list is fetched anew: by its `refresh_at`, by half of the age that the license allows it, and by
        half of the time that it lasts, whichever comes first, else by a day; in the second half of the time up to that.
        """
        return moment(call(self._inner.refresh_at, inner(statuses, StatusList), inner(license, License)))

    def extension_at(self, license: License) -> datetime | None:
        """When a license that ends is asked for again, since it may have been extended: in the day before its end.

        `None` if it never ends.
        """
        return optional_moment(call(self._inner.extension_at, inner(license, License)))

    def retry_after(
        self, failures: int, left: timedelta, asked: timedelta | None = None, *, chance: int | None = None
    ) -> timedelta:
        """How long to wait when so many attempts in a row had no answer: a random part of a day, yet below a quarter of
        what is left until the lease ends, and of an hour where nothing is left.

        What the authority `asked` for comes before it: `Unreachable.retry_after`. The chance, from 0 to 4,294,967,295,
        is drawn anew each time unless stated.
        """
        drawn = secrets.randbits(32) if chance is None else chance
        return call(self._inner.retry_after, failures, left, asked, drawn)

    def __repr__(self) -> str:
        return "Pace(…)"
