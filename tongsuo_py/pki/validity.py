"""From when until when a certificate is valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: So that a certificate works at once where a clock is a little slow.
BACKDATED = timedelta(hours=1)

#: A year and a month, at most: what browsers take, and long enough to renew every year.
LEAF_DAYS = 398

#: A month: how long a revocation list stands for, unless told.
CRL_DAYS = 30

AUTHORITY_YEARS = 10
SELF_SIGNED_YEARS = 5

# GeneralizedTime ends here; RFC 5280, 4.1.2.5, takes this time for "never".
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_FIRST = datetime(1950, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Validity:
    """Both times are in UTC and belong to it, in whole seconds."""

    not_before: datetime
    not_after: datetime


def choose(
    *,
    days: int | None,
    not_before: datetime | None,
    not_after: datetime | None,
    default: timedelta | int,
    limit: datetime | None = None,
) -> Validity:
    """The validity that these arguments ask for.

    It begins at ``not_before`` (by default an hour ago) and ends at ``not_after``, or ``days``
    after its beginning, or after ``default``: a time span, or a number of calendar years, but then
    not after ``limit``, the end of the issuer's. Raises ValueError for a time without a zone or
    before 1950, both ``days`` and ``not_after``, and an end that is not after the beginning.
    """
    if days is not None and not_after is not None:
        raise ValueError("give days or not_after, not both")
    if days is not None and days < 1:
        raise ValueError(f"days must be at least 1, not {days}")
    if not_before is None:
        begin = _whole_seconds(datetime.now(UTC) - BACKDATED)
    else:
        begin = in_utc("not_before", not_before)
    end = None if not_after is None else in_utc("not_after", not_after)
    if days is not None:
        end = _later(begin, timedelta(days=min(days, timedelta.max.days)))
    if end is None:
        end = _later(begin, default)
        if limit is not None and limit < end:
            end = limit
            if end <= begin:
                raise ValueError(
                    f"the issuing CA is not valid after {limit}: renew it, or give not_after"
                )
    if end <= begin:
        raise ValueError(f"not_after ({end}) must be later than not_before ({begin})")
    return Validity(begin, end)


def in_utc(name: str, value: datetime) -> datetime:
    """A time in UTC, in whole seconds; ValueError without a zone, or before 1950."""
    if not isinstance(value, datetime):
        raise TypeError(f"{name} must be a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ValueError(f"{name} must have a time zone: datetime(..., tzinfo=datetime.UTC)")
    if not _FIRST <= value <= _LAST:
        raise ValueError(f"{name} must be from 1950 to 9999 (RFC 5280), not {value}")
    return _whole_seconds(value.astimezone(UTC))


def _whole_seconds(value: datetime) -> datetime:
    return value.replace(microsecond=0)


def _later(begin: datetime, span: timedelta | int) -> datetime:
    try:
        if isinstance(span, timedelta):
            return begin + span
        day = 28 if (begin.month, begin.day) == (2, 29) else begin.day
        return begin.replace(year=begin.year + span, day=day)
    except (OverflowError, ValueError):
        return _LAST
