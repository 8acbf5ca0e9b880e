"""What a plan costs, counted in questions to the zone: neither years nor parts already out matter."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

import pytest

from docchat_mailer.model.cadence import Cadence, Lead, Unit
from docchat_mailer.model.planning import History, PartHistory
from docchat_mailer.model.series import Part, Series, Source
from docchat_mailer.rules.planning import next_wake, plan

START = datetime(2026, 1, 6, 8, tzinfo=UTC)


class CountingZone(tzinfo):
    """A fixed zone that counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def utcoffset(self, _when):
        self.asked += 1
        return timedelta(hours=1)

    def dst(self, _when):
        return timedelta(0)


def asked(parts, released, unit=Unit.WEEK, years=0):
    """Questions for one plan and one next wake, *released* of *parts* being out for *years*."""
    zone = CountingZone()
    start = START.replace(year=START.year - years)
    series = Series(
        slug="s",
        title="S",
        source=Source(path="s"),
        start=start,
        cadence=Cadence(unit=unit, at=time(9), zone=zone),
        announce=Lead(days=1),
        parts=tuple(
            Part(series="s", number=n, slug=f"p{n}", title="P", source=Source(path=f"{n}"), digest="0" * 64)
            for n in range(1, parts + 1)
        ),
    )
    out = {n: PartHistory(released=START, slot=START, announced=START) for n in range(1, released + 1)}
    history = History(parts=out, first_run=start)
    plan(series, history, START)
    next_wake(series, history, START)
    return zone.asked


@pytest.mark.parametrize("unit", list(Unit))
def test_a_plan_asks_the_zone_no_more_for_an_old_series(unit):
    assert asked(20, 10, unit, years=1900) <= asked(20, 10, unit) + 10 < 100


def test_a_plan_asks_the_zone_no_more_for_many_parts():
    assert asked(2_000, 1_000) == asked(20, 10) == asked(20, 19)
