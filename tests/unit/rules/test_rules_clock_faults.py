"""What clocks do to a plan: set back, set forward, changed by law, and stopped while the site was down."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from docchat_mailer.model.cadence import Cadence, Lead, Misfire, Unit
from docchat_mailer.model.planning import Action, History, Hold, PartHistory, Why
from docchat_mailer.model.series import Part, Promised, Series, Source
from docchat_mailer.rules.planning import next_wake, outlook, part_slot, plan

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 6, 9, tzinfo=BERLIN)  # a Tuesday
MONTH = timedelta(days=30)
LONG_AGO = START - timedelta(days=365)


def a_part(number):
    name = f"part-{number}"
    return Part(
        series="s", number=number, slug=name, title=name, source=Source(path=f"{name}.md"), digest="0" * 64
    )


def a_series(parts=3, zone=BERLIN, at=time(9), start=START, unit=Unit.WEEK, **more):
    cadence = Cadence(unit=unit, at=at, zone=zone)
    known = {"announce": Lead(days=1), **more}
    return Series(
        slug="s",
        title="S",
        source=Source(path="s"),
        start=start,
        cadence=cadence,
        parts=tuple(a_part(n) for n in range(1, parts + 1)),
        **known,
    )


def done(history, step, now):
    """The history once *step* was taken at *now*, as publishing records it."""
    past = history.part(step.number)
    if step.action is Action.RELEASE:
        past = replace(past, released=now, slot=step.due)
    elif step.action is Action.ANNOUNCE:
        past = replace(past, announced=now)
    elif step.action is Action.HOLD:
        past = replace(past, hold=Hold(why=step.why, since=now, detail=step.detail))
    elif step.why is Why.SLOT_LEFT_OUT:
        past = replace(past, not_before=now)
    else:
        past = replace(past, announce_skipped=True)
    return replace(history, parts={**history.parts, step.number: past})


def tick(series, history, now):
    """Take every step due at *now*: the new history and what was done."""
    taken = plan(series, history, now)
    for step in taken:
        history = done(history, step, now)
    return history, [(step.action, step.number) for step in taken]


def live(series, history, now, until):
    """Take every step when it is due; what was done, with its instant."""
    life = []
    while now is not None and now <= until:
        history, taken = tick(series, history, now)
        life += [(now, *act) for act in taken]
        now = now if taken else next_wake(series, history, now)
    return life


def lived(number=1, at=START, **more):
    """Parts up to *number* released weekly, the first at *at*."""
    parts = {
        n: PartHistory(released=at + timedelta(weeks=n - 1), slot=at + timedelta(weeks=n - 1), announced=at)
        for n in range(1, number + 1)
    }
    return History(parts=parts, first_run=LONG_AGO, **more)


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=365)])
def test_fault_C1_a_clock_set_back_repeats_nothing(back):
    series, history = a_series(), lived(2)
    now = START + timedelta(weeks=1)
    assert plan(series, history, now - back) == ()
    wake = next_wake(series, history, now - back)
    assert wake == START + timedelta(weeks=2) - timedelta(days=1)
    _, taken = tick(series, history, wake)
    assert taken == [(Action.ANNOUNCE, 3)]


@pytest.mark.parametrize(
    ("forward", "action"), [(timedelta(hours=2), Action.RELEASE), (timedelta(3650), Action.HOLD)]
)
def test_fault_C2_a_clock_set_forward_takes_at_most_the_next_part(forward, action):
    series = a_series(parts=20)
    now = START + timedelta(weeks=1) + forward
    steps = plan(series, lived(1), now)
    assert {step.number for step in steps} == {2}
    assert steps[-1].action is action
    assert steps[-1].why is (Why.TOO_LATE if action is Action.HOLD else None)


def test_fault_C2_a_hold_after_a_jump_is_said_once():
    series, now = a_series(parts=20), START + timedelta(3650)
    history, _ = tick(series, lived(1), now)
    assert plan(series, history, now + MONTH) == ()


def test_fault_C3_a_smeared_second_around_a_slot_changes_nothing():
    series, history, released = a_series(), lived(1), []
    slot = START + timedelta(weeks=1)
    for offset in (-1.0, -0.5, 0.5, 0.0, 1.0, 0.5, 2.0):
        history, taken = tick(series, history, slot + timedelta(seconds=offset))
        released += [act for act in taken if act[0] is Action.RELEASE]
    assert released == [(Action.RELEASE, 2)]


def test_fault_C4_a_slot_in_a_gap_comes_once_at_the_first_valid_instant():
    start = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)
    series = a_series(at=time(2, 30), start=start, unit=Unit.DAY, announce=None)
    life = live(series, History(first_run=LONG_AGO), start, start + MONTH)
    assert [at for at, _, _ in life] == [
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


def test_fault_C5_a_slot_in_an_overlap_comes_once_at_the_first_of_two():
    start = datetime(2026, 10, 24, 2, 30, tzinfo=BERLIN)
    series = a_series(at=time(2, 30), start=start, unit=Unit.DAY, announce=None)
    life = live(series, History(first_run=LONG_AGO), start, start + MONTH)
    assert [at for at, _, _ in life] == [
        datetime(2026, 10, 24, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("name", "day", "at"),
    [("Australia/Lord_Howe", date(2026, 10, 3), time(2, 15)), ("Pacific/Apia", date(2011, 12, 29), time(9))],
)
def test_fault_C6_half_hours_and_skipped_days_come_once_an_occurrence(name, day, at):
    start = datetime.combine(day, at, ZoneInfo(name))
    series = a_series(parts=4, zone=ZoneInfo(name), at=at, start=start, unit=Unit.DAY)
    life = live(series, History(first_run=LONG_AGO - timedelta(days=9999)), start, start + MONTH)
    released = [(number, when) for when, action, number in life if action is Action.RELEASE]
    assert [number for number, _ in released] == [1, 2, 3, 4]
    assert len({when for _, when in released}) == 4


def ruled_by(posix_rule):
    """A zone whose law is *posix_rule* alone (RFC 8536, a version 2 file with a footer)."""
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    block = b"TZif2" + bytes(15) + counts + struct.pack(">lbb", 0, 0, 0) + b"LMT\0"
    return ZoneInfo.from_file(BytesIO(block + block + f"\n{posix_rule}\n".encode()))


def test_fault_C6_new_zone_rules_move_what_is_to_come_and_nothing_else():
    old, new = ruled_by("OLD-1"), ruled_by("NEW-2")
    history = lived(1)
    before, after = (
        replace(a_series(), cadence=Cadence(unit=Unit.WEEK, at=time(9), zone=z)) for z in (old, new)
    )
    assert part_slot(before, history, 1, START) == part_slot(after, history, 1, START) == START
    gone = part_slot(before, history, 2, START) - part_slot(after, history, 2, START)
    assert gone == timedelta(hours=1)


def test_fault_C8_a_new_cadence_never_moves_what_is_out():
    series, history = a_series(), lived(2)
    zone = ZoneInfo("America/New_York")
    changed = replace(series, cadence=Cadence(unit=Unit.DAY, count=3, at=time(18), zone=zone))
    out = [part_slot(changed, history, n, START) for n in (1, 2)]
    assert out == [START, START + timedelta(weeks=1)]
    coming = [step.due for step in outlook(changed, history, START + timedelta(weeks=1), START + MONTH)]
    assert coming != [
        step.due for step in outlook(series, history, START + timedelta(weeks=1), START + MONTH)
    ]
    assert all(due > START + timedelta(weeks=1) for due in coming)
    assert plan(changed, history, START + timedelta(weeks=1)) == ()


@pytest.mark.parametrize("first_run", [None, START + MONTH])
def test_fault_C9_a_first_start_with_past_slots_holds_and_asks(first_run):
    history = History(first_run=first_run)
    (step,) = plan(a_series(), history, START + MONTH)
    assert (step.action, step.number, step.why) == (Action.HOLD, 1, Why.FIRST_START)


def test_fault_C9_a_slot_just_past_at_first_start_is_not_held():
    (step,) = plan(a_series(), History(), START + timedelta(hours=3))
    assert step.action is Action.RELEASE


def test_fault_C10_parts_due_in_one_tick_keep_their_order():
    first = START + timedelta(hours=1)
    later = a_series()
    parts = (later.parts[0], replace(later.parts[1], publish=first), later.parts[2])
    series, history, released = replace(later, parts=parts), History(first_run=LONG_AGO), []
    for _ in range(4):
        history, taken = tick(series, history, START)
        released += [number for action, number in taken if action is Action.RELEASE]
    for _ in range(4):
        history, taken = tick(series, history, first)
        released += [number for action, number in taken if action is Action.RELEASE]
    assert released == [1, 2]


@pytest.mark.parametrize(
    ("policy", "hours", "action", "why"),
    [
        (Misfire.SEND, 3, Action.RELEASE, None),
        (Misfire.SKIP, 3, Action.SKIP, Why.SLOT_LEFT_OUT),
        (Misfire.HOLD, 3, Action.HOLD, Why.LATE),
        (Misfire.SEND, 13, Action.HOLD, Why.TOO_LATE),
        (Misfire.SKIP, 13, Action.HOLD, Why.TOO_LATE),
        (Misfire.HOLD, 13, Action.HOLD, Why.TOO_LATE),
        (Misfire.SKIP, 0, Action.RELEASE, None),
        (Misfire.HOLD, 5 / 60, Action.RELEASE, None),
        (Misfire.SEND, 12, Action.RELEASE, None),
    ],
)
def test_fault_C12_down_over_a_slot_the_policy_decides(policy, hours, action, why):
    now = START + timedelta(weeks=1, hours=hours)
    step = plan(a_series(misfire=policy), lived(1), now)[-1]
    assert (step.action, step.number, step.why) == (action, 2, why)
    assert step.due == START + timedelta(weeks=1)


def test_fault_C12_a_slot_left_out_gives_the_part_the_next_one():
    series = a_series(misfire=Misfire.SKIP)
    now = START + timedelta(weeks=1, hours=3)
    history, _ = tick(series, lived(1), now)
    assert part_slot(series, history, 2, now) == START + timedelta(weeks=2)


def test_fault_C12_the_text_missing_at_its_slot_holds_once_and_then_takes_the_next():
    outline = (Promised(number=2, title="Two"),)
    series = a_series(parts=1, outline=outline)
    slot = START + timedelta(weeks=1)
    history, taken = tick(series, lived(1), slot)
    assert taken == [(Action.HOLD, 2)]
    assert plan(series, history, slot + MONTH) == ()
    arrived = slot + timedelta(days=2)
    freed = {**history.parts, 2: replace(history.part(2), hold=None, not_before=arrived)}
    assert part_slot(a_series(parts=2), replace(history, parts=freed), 2, arrived) == START + timedelta(
        weeks=2
    )
