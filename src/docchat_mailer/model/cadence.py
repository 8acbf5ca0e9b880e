"""When the parts of a series come out: cadence, pauses, lead of an announcement, misfire policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Unit(StrEnum):
    """What a cadence counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Misfire(StrEnum):
    """What to do with a step that is late, but not later than the series' ``max_lateness``."""

    SEND = "send"  # do it now
    SKIP = "skip"  # leave this slot out; the part takes the next one
    HOLD = "hold"  # wait for the operator


LAST_DAY = 31
"""The month day that means "the last one": a day past a month's end is its last day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Days without slots, both ends included, in the cadence's zone."""

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse a pause that ends before it begins."""
        if self.end < self.start:
            raise ValueError(f"the pause ends ({self.end}) before it begins ({self.start})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadence:
    r"""Every *count* *unit*\\ s, on given days, at a wall-clock time in an IANA zone.

    *weekdays* are ISO numbers (Monday is 1) and go with days and weeks; empty means any day for a daily
    cadence and the start's weekday for a weekly one.  *month_days* run from 1 to 31 and go with months;
    empty means the start's day.  Weeks are counted from the ISO week of the series' start.
    """

    unit: Unit
    count: int = 1
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    at: time
    zone: ZoneInfo
    pauses: tuple[Pause, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a cadence that can yield no slot."""
        if self.count < 1:
            raise ValueError("a cadence counts at least 1")
        if any(not 1 <= day <= 7 for day in self.weekdays):  # noqa: PLR2004 - ISO weekdays
            raise ValueError("weekdays run from 1 (Monday) to 7")
        if any(not 1 <= day <= LAST_DAY for day in self.month_days):
            raise ValueError("month days run from 1 to 31")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """How long before its slot a part is announced.

    ``"1 day"`` is wall time (the same time of day, across clock changes), ``"24h"`` is exact.
    """

    days: int = 0
    exact: timedelta = timedelta(0)
