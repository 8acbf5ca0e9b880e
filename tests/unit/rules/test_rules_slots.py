"""Slots: the grid of a cadence, checked against a clock that is read minute by minute."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from docchat_mailer.model.cadence import Cadence, Pause, Unit
from docchat_mailer.rules.slots import first_instant, next_slot, slots

BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(9)
CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Pacific/Apia": (date(2011, 9, 24), date(2011, 12, 30)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
    "Asia/Gaza": (date(2025, 4, 12), date(2025, 10, 25)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/Santiago": (date(2026, 4, 4), date(2026, 9, 6)),
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 29)),
    "Asia/Beirut": (date(2026, 3, 29), date(2026, 10, 24)),
    "Antarctica/Troll": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Sydney": (date(2026, 4, 5), date(2026, 10, 4)),
}
STEP = timedelta(minutes=5)


def days(cadence, start, n, after=None):
    """The local dates of the first *n* slots."""
    after = start - timedelta(seconds=1) if after is None else after
    return [
        slot.astimezone(cadence.zone).date().isoformat() for slot in islice(slots(cadence, start, after), n)
    ]


def berlin(year, month, day, hour=9, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def read_clock(zone, day):
    """(instant, wall time) every five minutes from four days before *day* to four after."""
    begin = datetime.combine(day - timedelta(days=4), time(), UTC)
    instants = [begin + STEP * n for n in range(8 * 24 * 12)]
    return [(instant, instant.astimezone(zone).replace(tzinfo=None)) for instant in instants]


def first_seen(clock, wall):
    """When the clock first shows *wall*, or else first shows something later."""
    exact = next((instant for instant, shown in clock if shown == wall), None)
    return exact or next(instant for instant, shown in clock if shown >= wall)


@pytest.mark.parametrize("name", CHANGES)
def test_grid_over_a_clock_change_misses_and_doubles_nothing(name):
    zone = ZoneInfo(name)
    for change in CHANGES[name]:
        clock = read_clock(zone, change)
        for quarter in range(96):
            at = time(quarter // 4, quarter % 4 * 15)
            around = [change + timedelta(days=n) for n in (-1, 0, 1, 2)]
            seen = [first_seen(clock, datetime.combine(day, at)) for day in around]
            assert [first_instant(day, at, zone) for day in around] == seen, (name, at)
            cadence = Cadence(unit=Unit.DAY, at=at, zone=zone)
            expected = sorted(set(seen))
            assert list(islice(slots(cadence, seen[0], seen[0] - STEP), len(expected))) == expected


def test_the_zones_are_a_dozen():
    assert len(CHANGES) >= 12


def test_a_skipped_day_gives_the_first_instant_after_it():
    apia = ZoneInfo("Pacific/Apia")
    slot = first_instant(date(2011, 12, 30), NINE, apia)
    assert slot == datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert slot.astimezone(apia).isoformat()[:16] == "2011-12-31T00:00"


def test_a_half_hour_gap_is_left_at_its_end():
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    slot = first_instant(date(2026, 10, 4), time(2, 15), lord_howe)
    assert slot.astimezone(lord_howe).isoformat()[:16] == "2026-10-04T02:30"


def test_a_time_shown_twice_is_taken_once_and_first():
    assert first_instant(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


GRIDS = [
    ({"unit": Unit.DAY}, "2026-01-06 2026-01-07 2026-01-08"),
    ({"unit": Unit.DAY, "count": 3}, "2026-01-06 2026-01-09 2026-01-12"),
    ({"unit": Unit.DAY, "weekdays": (1, 5)}, "2026-01-09 2026-01-12 2026-01-16"),
    ({"unit": Unit.DAY, "count": 2, "weekdays": (2,)}, "2026-01-06 2026-01-20 2026-02-03"),
    ({"unit": Unit.WEEK}, "2026-01-06 2026-01-13 2026-01-20"),
    ({"unit": Unit.WEEK, "weekdays": (1,)}, "2026-01-12 2026-01-19 2026-01-26"),
    ({"unit": Unit.WEEK, "count": 2, "weekdays": (1, 4)}, "2026-01-08 2026-01-19 2026-01-22"),
    ({"unit": Unit.WEEK, "weekdays": (4, 2, 2)}, "2026-01-06 2026-01-08 2026-01-13"),
    ({"unit": Unit.MONTH}, "2026-01-06 2026-02-06 2026-03-06"),
    ({"unit": Unit.MONTH, "month_days": (31,)}, "2026-01-31 2026-02-28 2026-03-31"),
    ({"unit": Unit.MONTH, "month_days": (1, 15, 31)}, "2026-01-15 2026-01-31 2026-02-01 2026-02-15"),
    (
        {"unit": Unit.MONTH, "month_days": (29, 30, 31)},
        "2026-01-29 2026-01-30 2026-01-31 2026-02-28 2026-03-29",
    ),
    ({"unit": Unit.MONTH, "count": 3, "month_days": (1,)}, "2026-04-01 2026-07-01 2026-10-01"),
]


@pytest.mark.parametrize(("rule", "expected"), GRIDS)
def test_the_grid_counts_from_the_start(rule, expected):
    cadence = Cadence(at=NINE, zone=BERLIN, **rule)
    assert days(cadence, berlin(2026, 1, 6), len(expected.split())) == expected.split()


@pytest.mark.parametrize(("rule", "expected"), GRIDS)
def test_a_leap_into_the_grid_lands_where_a_walk_does(rule, expected):
    cadence = Cadence(at=NINE, zone=BERLIN, **rule)
    start = berlin(2026, 1, 6)
    walked = list(islice(slots(cadence, start, start - timedelta(1)), 120))
    for after, following in pairwise(walked):
        assert next_slot(cadence, start, after) == following
        assert next_slot(cadence, start, following - timedelta(microseconds=1)) == following


def test_weeks_are_iso_weeks_of_the_start_over_a_year_of_53():
    cadence = Cadence(unit=Unit.WEEK, count=2, weekdays=(4,), at=NINE, zone=BERLIN)
    start = berlin(2026, 12, 22)  # week 52 of a year that has 53
    assert days(cadence, start, 3) == ["2026-12-24", "2027-01-07", "2027-01-21"]


def test_the_start_is_counted_in_the_zone_of_the_cadence():
    sydney = ZoneInfo("Australia/Sydney")
    cadence = Cadence(unit=Unit.DAY, count=2, at=NINE, zone=sydney)
    start = datetime(2026, 1, 5, 22, tzinfo=UTC)  # the 6th, 09:00, in Sydney
    assert days(cadence, start, 2) == ["2026-01-06", "2026-01-08"]


def test_no_slot_is_before_the_start():
    cadence = Cadence(unit=Unit.DAY, at=NINE, zone=BERLIN)
    assert days(cadence, berlin(2026, 1, 6, 10), 1, after=berlin(2020, 1, 1)) == ["2026-01-07"]


def test_a_slot_at_the_start_counts_and_one_at_after_does_not():
    cadence = Cadence(unit=Unit.DAY, at=NINE, zone=BERLIN)
    start = berlin(2026, 1, 6)
    assert next_slot(cadence, start, start - timedelta(seconds=1)) == start
    assert next_slot(cadence, start, start) == berlin(2026, 1, 7)


def test_a_pause_leaves_out_both_its_ends_and_the_grid_keeps_its_count():
    pause = Pause(start=date(2026, 1, 8), end=date(2026, 1, 12))
    cadence = Cadence(unit=Unit.DAY, count=2, at=NINE, zone=BERLIN, pauses=(pause,))
    assert days(cadence, berlin(2026, 1, 6), 3) == ["2026-01-06", "2026-01-14", "2026-01-16"]


def test_pauses_that_overlap_are_left_together():
    pauses = (
        Pause(start=date(2026, 1, 7), end=date(2026, 1, 20)),
        Pause(start=date(2026, 1, 10), end=date(2026, 2, 1)),
    )
    cadence = Cadence(unit=Unit.DAY, at=NINE, zone=BERLIN, pauses=pauses)
    assert days(cadence, berlin(2026, 1, 6), 2) == ["2026-01-06", "2026-02-02"]


def test_a_pause_to_the_end_of_the_calendar_ends_the_grid():
    pause = Pause(start=date(2026, 1, 8), end=date.max)
    cadence = Cadence(unit=Unit.DAY, at=NINE, zone=BERLIN, pauses=(pause,))
    assert days(cadence, berlin(2026, 1, 6), 5) == ["2026-01-06", "2026-01-07"]


@pytest.mark.parametrize("unit", list(Unit))
def test_a_long_pause_is_left_in_one_leap(unit):
    pause = Pause(start=date(2026, 1, 8), end=date(8000, 1, 1))
    cadence = Cadence(unit=unit, at=NINE, zone=BERLIN, pauses=(pause,))
    slot = next_slot(cadence, berlin(2026, 1, 6), berlin(2026, 1, 7, 10))
    assert slot is not None
    assert slot.year == 8000


def test_a_weekday_that_never_comes_yields_nothing():
    cadence = Cadence(unit=Unit.DAY, count=7, weekdays=(1,), at=NINE, zone=BERLIN)
    assert next_slot(cadence, berlin(2026, 1, 6), berlin(2026, 1, 6)) is None


@pytest.mark.parametrize("unit", list(Unit))
def test_the_end_of_the_calendar_ends_the_grid(unit):
    cadence = Cadence(unit=unit, count=10**7, at=NINE, zone=BERLIN)
    start = berlin(2026, 1, 6)
    assert next_slot(cadence, start, start) is None
    assert next_slot(cadence, start, datetime.max.replace(tzinfo=UTC)) is None


class CountingZone(tzinfo):
    """A fixed zone that counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def utcoffset(self, _when):
        self.asked += 1
        return timedelta(hours=1)

    def dst(self, _when):
        return timedelta(0)


@pytest.mark.parametrize("unit", list(Unit))
def test_an_old_series_costs_no_more_than_a_new_one(unit):
    def asked(years):
        zone = CountingZone()
        cadence = Cadence(unit=unit, at=NINE, zone=zone)
        start = datetime(2026, 1, 6, 9, tzinfo=zone)
        next_slot(cadence, start, start.replace(year=2026 + years))
        return zone.asked

    assert asked(2000) <= asked(1) + 10 < 100


def test_slots_ascend_over_every_change_of_many_years():
    cadence = Cadence(unit=Unit.DAY, at=time(0, 15), zone=ZoneInfo("America/Havana"))
    start = datetime(2000, 1, 1, tzinfo=UTC)
    found = list(islice(slots(cadence, start, start), 10_000))
    assert all(one < other for one, other in pairwise(found))
    assert bisect_left(found, found[5_000]) == 5_000
