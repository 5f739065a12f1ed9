"""Dates, times and durations as text."""

from datetime import date, datetime, time, timedelta

Moment = date | time | timedelta


def moment_text(value: Moment) -> str:
    """ISO 8601, of a date with a time at midnight the date alone; a duration as hours, minutes and seconds.

    >>> moment_text(datetime(2020, 9, 30)), moment_text(datetime(2020, 9, 30, 8, 30)), moment_text(time(8, 30))
    ('2020-09-30', '2020-09-30T08:30:00', '08:30:00')
    >>> moment_text(timedelta(days=1, hours=12, seconds=5))
    '36:00:05'
    """
    if isinstance(value, timedelta):
        return _duration_text(value)
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        return value.date().isoformat()
    return value.isoformat()


def _duration_text(value: timedelta) -> str:
    sign = "-" if value < timedelta() else ""
    minutes, seconds = divmod(abs(value), timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    fraction = f"{seconds.microseconds:06}".rstrip("0")
    return f"{sign}{hours}:{minutes:02}:{seconds.seconds:02}" + (f".{fraction}" if fraction else "")
