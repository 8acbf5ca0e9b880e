"""When digests are due: on Monday morning for the week before, on the first of a month for that before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from docchat_mailer.model.subscriber import Rhythm
from docchat_mailer.rules.slots import first_instant

AT = time(8)
"""The wall time at which a period ends, and its digest goes out."""

LATE = timedelta(days=3)
"""How long after its period a digest is still news; one that is older is left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """From *start* up to *end*, which is when its digest is due.

    *number* is its year and ISO week, such as 202711, or its year and month, such as 202703.
    """

    rhythm: Rhythm
    number: int
    start: datetime
    end: datetime


def last_period(rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> Period:
    """The newest period that is over at *now*.

    Raises ValueError for a rhythm that has no periods.
    """
    day = _first_day(rhythm, now.astimezone(zone).date())
    end = first_instant(day, AT, zone)
    if end > now:
        day = _first_day(rhythm, day - timedelta(days=1))
        end = first_instant(day, AT, zone)
    first = _first_day(rhythm, day - timedelta(days=1))
    return Period(rhythm=rhythm, number=_number(rhythm, first), start=first_instant(first, AT, zone), end=end)


def next_end(rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> datetime:
    """The next instant after *now* at which a period ends."""
    end = last_period(rhythm, now, zone).end
    ahead = timedelta(days=8) if rhythm is Rhythm.WEEK else timedelta(days=32)
    return last_period(rhythm, end + ahead, zone).end


def _first_day(rhythm: Rhythm, day: date) -> date:
    """The first day of the period that *day* lies in."""
    if rhythm is Rhythm.WEEK:
        return day - timedelta(days=day.weekday())
    if rhythm is Rhythm.MONTH:
        return day.replace(day=1)
    raise ValueError(f"{rhythm} has no periods")


def _number(rhythm: Rhythm, first: date) -> int:
    if rhythm is Rhythm.MONTH:
        return first.year * 100 + first.month
    iso = first.isocalendar()
    return iso.year * 100 + iso.week
