"""The life of a series, lived through by recording each step at the instant it wakes for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from docchat_mailer.model.cadence import Cadence, Lead, Misfire, Unit
from docchat_mailer.model.planning import Action, History, Hold, PartHistory, Why
from docchat_mailer.model.series import Part, Promised, Series, Source
from docchat_mailer.rules.planning import next_wake, outlook, part_slot, plan

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 17, 9, tzinfo=ZONE)
FIRST = START.astimezone(UTC)
SECOND = datetime(2026, 3, 24, 8, tzinfo=UTC)
THIRD = datetime(2026, 3, 31, 7, tzinfo=UTC)  # after the clocks went forward


def a_part(number):
    return Part(
        series="a", number=number, slug=f"p{number}", title="T", source=Source(path="a.md"), digest="0" * 64
    )


def a_series(*, written=3, promised=0, **changes):
    base = Series(
        slug="a",
        title="A",
        source=Source(path="a"),
        start=START,
        announce=Lead(days=1),
        cadence=Cadence(unit=Unit.WEEK, weekdays=(2,), at=time(9), zone=ZONE),
        parts=tuple(a_part(n + 1) for n in range(written)),
        outline=tuple(Promised(number=n + 1, title="T") for n in range(promised)),
    )
    return replace(base, **changes)


OUT_1 = {1: PartHistory(released=FIRST, slot=FIRST)}
SITE = History(first_run=FIRST - timedelta(days=9))


def history(**parts):
    return replace(SITE, parts={**OUT_1, **parts.get("parts", {})})


def brief(steps):
    return [(s.action, s.number, s.due, s.why) for s in steps]


def test_the_whole_life_keeps_wall_time_through_a_clock_change():
    assert brief(outlook(a_series(), SITE, FIRST - timedelta(days=1), THIRD)) == [
        (Action.RELEASE, 1, FIRST, None),
        (Action.ANNOUNCE, 2, SECOND - timedelta(days=1), None),
        (Action.RELEASE, 2, SECOND, None),
        (Action.ANNOUNCE, 3, THIRD - timedelta(days=1), None),
        (Action.RELEASE, 3, THIRD, None),
    ]


def test_a_promised_part_is_announced_and_then_held():
    series = a_series(written=1, promised=2)
    announce = SECOND - timedelta(days=1)
    assert brief(plan(series, history(), announce)) == [(Action.ANNOUNCE, 2, announce, None)]
    told = history(parts={2: PartHistory(announced=announce)})
    assert brief(plan(series, told, SECOND)) == [(Action.HOLD, 2, SECOND, Why.NO_TEXT)]
    held = history(parts={2: PartHistory(hold=Hold(why=Why.NO_TEXT, since=SECOND))})
    assert plan(series, held, SECOND) == ()
    assert next_wake(series, held, SECOND) is None
    assert brief(outlook(series, history(), announce, SECOND))[-1] == (Action.RELEASE, 2, SECOND, Why.NO_TEXT)


@pytest.mark.parametrize(
    ("misfire", "late", "action", "why"),
    [
        (Misfire.HOLD, timedelta(minutes=5), Action.RELEASE, None),
        (Misfire.SEND, timedelta(hours=12), Action.RELEASE, None),
        (Misfire.SKIP, timedelta(hours=1), Action.SKIP, Why.SLOT_LEFT_OUT),
        (Misfire.HOLD, timedelta(hours=1), Action.HOLD, Why.LATE),
        (Misfire.SEND, timedelta(hours=12, seconds=1), Action.HOLD, Why.TOO_LATE),
    ],
)
def test_fault_C12_down_over_the_slot(misfire, late, action, why):
    step = plan(a_series(misfire=misfire), history(), SECOND + late)[-1]
    assert (step.action, step.number, step.why) == (action, 2, why)


def test_fault_C1_clock_set_back_releases_nothing_again():
    assert plan(a_series(), history(), FIRST - timedelta(days=365)) == ()
    assert next_wake(a_series(), history(), FIRST) == SECOND - timedelta(days=1)


def test_fault_C2_clock_set_forward_holds_the_next_part_alone():
    assert brief(plan(a_series(), history(), SECOND + timedelta(days=3650))) == [
        (Action.HOLD, 2, SECOND, Why.TOO_LATE)
    ]


def test_fault_C9_due_before_the_first_run():
    assert plan(a_series(), History(), FIRST + timedelta(days=3))[0].why is Why.FIRST_START


def test_fault_C10_release_leaves_out_the_late_announcement_in_order():
    steps = plan(a_series(), history(), SECOND)
    assert brief(steps) == [
        (Action.SKIP, 2, SECOND - timedelta(days=1), Why.SLOT_PASSED),
        (Action.RELEASE, 2, SECOND, None),
    ]
    assert steps == plan(a_series(), history(), SECOND)


def test_fault_C8_a_new_cadence_moves_only_what_is_not_out():
    moved = a_series(cadence=Cadence(unit=Unit.DAY, at=time(10), zone=ZoneInfo("America/New_York")))
    assert part_slot(moved, history(), 1, FIRST) == FIRST
    assert part_slot(moved, history(), 2, FIRST) == datetime(2026, 3, 17, 14, tzinfo=UTC)


def test_a_publish_time_before_the_earlier_part_holds():
    early = replace(a_part(2), publish=FIRST - timedelta(hours=1))
    step = plan(a_series(parts=(a_part(1), early)), history(), FIRST)[0]
    assert (step.action, step.why) == (Action.HOLD, Why.FAULT)


def test_a_floor_moves_the_part_to_the_next_slot():
    floor = history(parts={2: PartHistory(not_before=SECOND + timedelta(hours=1))})
    assert part_slot(a_series(), floor, 2, SECOND) == THIRD


def test_a_held_part_is_the_last_thing_in_the_outlook():
    held = history(parts={2: PartHistory(hold=Hold(why=Why.OPERATOR, since=FIRST))})
    assert brief(outlook(a_series(), held, FIRST, THIRD)) == [(Action.HOLD, 2, SECOND, Why.OPERATOR)]


if __name__ == "__main__":
    many = [(a_series(written=20), history()) for _ in range(1000)]
    began = perf_counter()
    for series, past in many:
        plan(series, past, FIRST)
    print(f"{perf_counter() - began:.3f} s")  # noqa: T201
