"""Periods that are reported, and whether they are over: what is not over cannot be reported."""

from datetime import date, datetime, timedelta, timezone

_CHINA = timezone(timedelta(hours=8))
LAST_DAY = "make_date(c.year, coalesce(c.quarter, 4) * 3, 1) + INTERVAL 1 MONTH - INTERVAL 1 DAY"
"""The last day of the period of a report `c`, in SQL."""


def today() -> date:
    """The day it is in China, wherever the program runs: the period ends there."""
    return datetime.now(_CHINA).date()


def last_day(year: int, quarter: int | None) -> date:
    """The last day of a year, or of a quarter of it.

    >>> print(last_day(2025, None), last_day(2024, 1))
    2025-12-31 2024-03-31
    """
    month = 3 * (quarter or 4)
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
