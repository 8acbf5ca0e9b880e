"""A cadence that could yield nothing, and a pause that ends before it begins, are refused at birth."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from docchat_mailer.model.cadence import Cadence, Lead, Pause, Unit

ZONE = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"count": 0}, "at least 1"),
        ({"count": -2}, "at least 1"),
        ({"weekdays": (0,)}, "weekdays"),
        ({"weekdays": (1, 8)}, "weekdays"),
        ({"month_days": (0,)}, "month days"),
        ({"month_days": (1, 32)}, "month days"),
    ],
)
def test_a_cadence_without_slots_is_refused(rule, says):
    with pytest.raises(ValueError, match=says):
        Cadence(unit=Unit.MONTH, at=time(9), zone=ZONE, **rule)


@pytest.mark.parametrize(
    "rule", [{}, {"count": 400}, {"weekdays": (1, 2, 3, 4, 5, 6, 7)}, {"month_days": (1, 31)}]
)
def test_a_cadence_within_bounds_is_taken(rule):
    assert Cadence(unit=Unit.DAY, at=time(9), zone=ZONE, **rule).zone is ZONE


def test_a_pause_ends_no_sooner_than_it_begins():
    day = date(2026, 8, 1)
    assert Pause(start=day, end=day).end == day
    with pytest.raises(ValueError, match="before it begins"):
        Pause(start=day, end=day - timedelta(days=1))


def test_a_cadence_is_a_value():
    one, other = (Cadence(unit=Unit.WEEK, at=time(9), zone=ZONE) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    with pytest.raises(FrozenInstanceError):
        one.count = 2


def test_a_lead_is_nothing_unless_told():
    assert Lead() == Lead(days=0, exact=timedelta(0))
