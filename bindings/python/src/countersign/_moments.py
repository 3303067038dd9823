"""Moments: whole seconds since 1970 in the library, aware `datetime` values here."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ._errors import InvalidType, InvalidValue

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)
LATEST = (datetime.max.replace(tzinfo=timezone.utc) - EPOCH) // SECOND
"""The last second of the year 9999, the last that the library has as well."""


def seconds(moment: datetime) -> int:
    """The whole seconds since 1970 of an aware moment."""
    if not isinstance(moment, datetime):
        raise InvalidType(f"a datetime is asked for, not {type(moment).__name__}", code="invalid_type")
    if moment.utcoffset() is None:
        raise InvalidValue("a moment needs its time zone: `datetime.now(timezone.utc)`", code="naive_datetime")
    return (moment - EPOCH) // SECOND


def optional_seconds(moment: datetime | None) -> int | None:
    """As `seconds`; of nothing, nothing."""
    return None if moment is None else seconds(moment)


def moment(stated: int) -> datetime:
    """The moment so many seconds after 1970, in UTC."""
    return EPOCH + timedelta(seconds=stated)


def optional_moment(stated: int | None) -> datetime | None:
    """As `moment`; of nothing, nothing."""
    return None if stated is None else moment(stated)
