"""The instants a cadence yields: a grid of local days and one wall time, told in UTC."""

from __future__ import annotations

import functools
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from docchat_mailer.model.cadence import Cadence, Unit
from docchat_mailer.model.instants import utc

LAST_DATE = date(9990, 1, 1)
"""No slot lies on or after this day: the calendar of :mod:`datetime` ends soon after."""

BACK = timedelta(days=1)
"""How far before an instant's local date the search for later slots begins, to be safe at a date's edges."""

WEEK = 7
MONTHS = 12


def first_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the clocks of *zone* first show *at* on *day*.

    A time that the clocks jump over, or a day that they skip, gives the first valid instant after the gap;
    a time they show twice gives the first of the two (PEP 495, fold 0).
    """
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    after = wall.replace(tzinfo=zone).astimezone(UTC)
    if after.astimezone(zone).replace(tzinfo=None) == wall:
        return after
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _transition(before, after, zone)


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two, to the second, from which the offset of *after* holds.

    Inside a gap fold 1 reads the wall time with the later offset and lands before the gap, and fold 0
    lands behind it.
    """
    offset = after.astimezone(zone).utcoffset()
    low = int(before.timestamp())
    high = int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)


def slots(cadence: Cadence, start: datetime, after: datetime) -> Iterator[datetime]:
    """The grid's slots strictly after *after* and not before *start*, in order, in UTC.

    Endless, but for a grid that has no more days: pauses to the end of the calendar, or every 7 days on
    a weekday that is not the start's.  The way to *after* is reckoned, not walked.
    """
    start, last = utc(start), utc(after)
    if max(start, last).year >= LAST_DATE.year:
        return
    first_day = start.astimezone(cadence.zone).date()
    day = max(first_day, max(start, last).astimezone(cadence.zone).date() - BACK)
    for grid_day in _open_days(cadence, first_day, day):
        slot = first_instant(grid_day, cadence.at, cadence.zone)
        if slot > last and slot >= start and not _is_paused(cadence, slot):
            last = slot
            yield slot


@functools.lru_cache(maxsize=1024)  # planning asks for one slot several times over
def next_slot(cadence: Cadence, start: datetime, after: datetime) -> datetime | None:
    """The first slot strictly after *after*, or None where the grid has no more."""
    return next(slots(cadence, start, after), None)


def _open_days(cadence: Cadence, first_day: date, day: date) -> Iterator[date]:
    """The grid's days from *day* on that lie in no pause; a pause is left in one leap."""
    while True:
        end = None
        for grid_day in _grid_days(cadence, first_day, day):
            end = _pause_end(cadence, grid_day)
            if end is not None:
                break
            yield grid_day
        if end is None or end >= LAST_DATE:
            return
        day = end + timedelta(days=1)


def _is_paused(cadence: Cadence, slot: datetime) -> bool:
    """Whether *slot* lies in a pause, as one that a gap moved into the next day may."""
    if not cadence.pauses:
        return False
    return _pause_end(cadence, slot.astimezone(cadence.zone).date()) is not None


def _pause_end(cadence: Cadence, day: date) -> date | None:
    """The latest last day of the pauses that hold *day*, or None where there is none."""
    return max((pause.end for pause in cadence.pauses if pause.start <= day <= pause.end), default=None)


def _grid_days(cadence: Cadence, first_day: date, day: date) -> Iterator[date]:
    """The days of the grid, pauses not regarded, from *day* on and not before *first_day*, in order."""
    walk = {Unit.DAY: _by_days, Unit.WEEK: _by_weeks, Unit.MONTH: _by_months}[cadence.unit]
    for grid_day in walk(cadence, first_day, day):
        if grid_day >= LAST_DATE:
            return
        if grid_day >= day and grid_day >= first_day:
            yield grid_day


def _by_days(cadence: Cadence, first_day: date, day: date) -> Iterator[date]:
    """Every *count* days from *first_day*; of those, the given weekdays."""
    leap = max(0, -((first_day - day).days // cadence.count))
    wanted = cadence.weekdays or tuple(range(1, WEEK + 1))
    weekdays = {(first_day + timedelta(days=n * cadence.count % WEEK)).isoweekday() for n in range(WEEK)}
    if not weekdays & set(wanted):
        return
    for n in count(leap):
        if first_day.toordinal() + n * cadence.count >= LAST_DATE.toordinal():
            return
        grid_day = first_day + timedelta(days=n * cadence.count)
        if grid_day.isoweekday() in wanted:
            yield grid_day


def _by_weeks(cadence: Cadence, first_day: date, day: date) -> Iterator[date]:
    """The weekdays of every *count*-th week, from the ISO week of *first_day*."""
    monday = first_day.toordinal() - first_day.weekday()
    step = WEEK * cadence.count
    weekdays = sorted(set(cadence.weekdays or (first_day.isoweekday(),)))
    for n in count(max(0, (day.toordinal() - monday) // step)):
        if monday + n * step >= LAST_DATE.toordinal():
            return
        for weekday in weekdays:
            yield date.fromordinal(monday + n * step + weekday - 1)


def _by_months(cadence: Cadence, first_day: date, day: date) -> Iterator[date]:
    """The days of every *count*-th month from *first_day*'s; a day past a month's end is its last."""
    first_month = _month(first_day)
    month_days = cadence.month_days or (first_day.day,)
    for n in count(max(0, (_month(day) - first_month) // cadence.count)):
        year, month = divmod(first_month + n * cadence.count, MONTHS)
        if year >= LAST_DATE.year:
            return
        length = monthrange(year, month + 1)[1]
        for number in sorted({min(number, length) for number in month_days}):
            yield date(year, month + 1, number)


def _month(day: date) -> int:
    """Months since year 0."""
    return day.year * MONTHS + day.month - 1
