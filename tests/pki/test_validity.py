"""Validity: defaults, arguments, and times that cannot be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tongsuo_py.pki import validity

BEGIN = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)


def choose(**arguments: Any) -> validity.Validity:
    defaults = {"days": None, "not_before": None, "not_after": None, "default": timedelta(days=9)}
    return validity.choose(**(defaults | arguments))


def test_the_beginning_is_an_hour_ago() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    begin = choose().not_before
    assert before <= begin + timedelta(hours=1) <= datetime.now(UTC)
    assert begin.microsecond == 0


def test_the_end() -> None:
    assert choose(not_before=BEGIN).not_after == BEGIN + timedelta(days=9)
    assert choose(not_before=BEGIN, days=5).not_after == BEGIN + timedelta(days=5)
    end = datetime(2031, 1, 1, 8, 0, 0, 999, tzinfo=timezone(timedelta(hours=8)))
    assert choose(not_before=BEGIN, not_after=end).not_after == datetime(2031, 1, 1, tzinfo=UTC)


def test_years_are_the_calendar_s() -> None:
    assert choose(not_before=BEGIN, default=5).not_after == BEGIN.replace(year=2035)
    leap_day = datetime(2028, 2, 29, tzinfo=UTC)
    assert choose(not_before=leap_day, default=5).not_after == datetime(2033, 2, 28, tzinfo=UTC)


def test_a_default_end_is_not_after_the_issuer_s() -> None:
    limit = BEGIN + timedelta(days=2)
    assert choose(not_before=BEGIN, limit=limit).not_after == limit
    assert choose(not_before=BEGIN, limit=limit, days=3).not_after == BEGIN + timedelta(days=3)
    with pytest.raises(ValueError, match="the issuing CA is not valid after 2030-05-06"):
        choose(not_before=BEGIN, limit=BEGIN)


@pytest.mark.parametrize("span", [{"days": 10**7}, {"days": 10**15}, {"default": 9000}])
def test_there_is_a_last_time(span: dict[str, int]) -> None:
    end = choose(not_before=BEGIN, **span).not_after
    assert end == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"days": 1, "not_after": BEGIN}, "days or not_after"),
        ({"days": 0}, "at least 1"),
        ({"days": -1}, "at least 1"),
        ({"not_before": BEGIN, "not_after": BEGIN}, "later than"),
        ({"not_before": datetime(2030, 1, 1)}, "time zone"),
        ({"not_after": datetime(2030, 1, 1)}, "time zone"),
        ({"not_before": datetime(1949, 12, 31, tzinfo=UTC)}, "1950"),
        ({"not_before": datetime.min.replace(tzinfo=timezone(timedelta(hours=8)))}, "1950"),
        ({"not_after": datetime.max.replace(tzinfo=timezone(timedelta(hours=-8)))}, "9999"),
    ],
)
def test_times_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose(**arguments)


def test_times_of_other_types() -> None:
    with pytest.raises(TypeError, match="not_after must be a datetime"):
        choose(not_after="2030-01-01")
