"""Whatever the series and the zone: asking twice is answered once, and no part goes out twice or too soon."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st

from docchat_mailer.model.cadence import Cadence, Lead, Misfire, Pause, Unit
from docchat_mailer.model.planning import Action, History, Hold, PartHistory, Why
from docchat_mailer.model.series import Part, Promised, Series, Source
from docchat_mailer.rules.planning import next_wake, outlook, part_slot, plan

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Gaza",
    "America/Havana",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Beirut",
    "Antarctica/Troll",
    "Australia/Sydney",
]
BEGIN = datetime(2011, 6, 1, tzinfo=UTC)
DAWN = BEGIN - timedelta(hours=49)
"""Before any start, and before any `publish` that lies ahead of it: nothing is late when a life begins."""
STEPS = 300


@st.composite
def cadences(draw):
    unit = draw(st.sampled_from(Unit))
    weekdays = () if unit is Unit.MONTH else tuple(draw(st.sets(st.integers(1, 7), max_size=3)))
    pauses = [
        Pause(start=(day := (BEGIN + timedelta(days=first)).date()), end=day + timedelta(days=length))
        for first, length in draw(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 40)), max_size=2))
    ]
    return Cadence(
        unit=unit,
        count=draw(st.integers(1, 4)),
        weekdays=weekdays,
        month_days=tuple(draw(st.sets(st.integers(1, 31), max_size=3))) if unit is Unit.MONTH else (),
        at=time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 15, 30, 45]))),
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        pauses=tuple(pauses),
    )


@st.composite
def written_series(draw):
    start = BEGIN + timedelta(minutes=15 * draw(st.integers(0, 4 * 24 * 700)))
    numbers = range(1, draw(st.integers(1, 7)) + 1)
    publish = {
        n: start + timedelta(hours=draw(st.integers(-48, 900)))
        for n in numbers
        if draw(st.integers(0, 9)) == 0
    }
    parts = tuple(
        Part(
            series="s",
            number=n,
            slug=f"p{n}",
            title=f"P{n}",
            source=Source(path=f"{n}.md"),
            digest="0" * 64,
            publish=publish.get(n),
        )
        for n in numbers
    )
    return Series(
        slug="s",
        title="S",
        source=Source(path="s"),
        start=start,
        cadence=draw(cadences()),
        announce=draw(
            st.none() | st.builds(Lead, days=st.integers(0, 3)) | st.just(Lead(exact=timedelta(hours=30)))
        ),
        misfire=draw(st.sampled_from(Misfire)),
        parts=parts,
        outline=(Promised(number=len(parts) + 1, title="More"),) if draw(st.booleans()) else (),
    )


def done(history, step, now):
    """The history once *step* was taken at *now*, as publishing records it."""
    past = history.part(step.number)
    if step.action is Action.RELEASE:
        past = replace(past, released=now, slot=step.due)
    elif step.action is Action.ANNOUNCE:
        past = replace(past, announced=now)
    elif step.action is Action.HOLD:
        past = replace(past, hold=Hold(why=step.why or Why.OPERATOR, since=now))
    elif step.why is Why.SLOT_LEFT_OUT:
        past = replace(past, not_before=now)
    else:
        past = replace(past, announce_skipped=True)
    return replace(history, parts={**history.parts, step.number: past})


def live(series, late=lambda: timedelta(0)):
    """A whole life, each wake *late* by some time: (instant, step) in order, and the history it leaves."""
    now, history, life = DAWN, History(first_run=DAWN), []
    for _ in range(STEPS):
        steps = plan(series, history, now)
        assert plan(series, history, now) == steps
        for step in steps:
            assert step.due <= now
            life.append((now, step))
            history = done(history, step, now)
        wake = now if steps else next_wake(series, history, now)
        if wake is None:
            return life, history
        assert steps or wake > now
        now = wake if steps else wake + late()
    raise AssertionError("a life that does not end")


def check_order(life):
    released = [(now, step) for now, step in life if step.action is Action.RELEASE]
    assert [step.number for _, step in released] == list(range(1, len(released) + 1))
    assert all(one.due < other.due for (_, one), (_, other) in pairwise(released))
    assert all(one < other.due for (one, _), (_, other) in pairwise(released))
    announced = [step.number for _, step in life if step.action is Action.ANNOUNCE]
    assert len(announced) == len(set(announced))
    out = {step.number: now for now, step in released}
    assert all(out[step.number - 1] <= now for now, step in life if step.action is Action.ANNOUNCE)
    assert all(out.get(step.number, now) >= now for now, step in life)


@settings(max_examples=120, deadline=None)
@given(written_series())
def test_a_punctual_life_releases_each_part_once_in_order_at_its_slot(series):
    life, _ = live(series)
    check_order(life)
    assert all(now == step.due for now, step in life if step.action is Action.RELEASE)
    faults = [step for _, step in life if step.action is Action.HOLD and step.why is not Why.NO_TEXT]
    assert all(step.why is Why.FAULT for step in faults)


@settings(max_examples=120, deadline=None)
@given(written_series(), st.data())
def test_a_late_life_releases_each_part_once_and_in_order(series, data):
    hours = st.sampled_from([0, 0, 0.05, 2, 11, 13, 24 * 40])
    life, _ = live(series, lambda: timedelta(hours=data.draw(hours)))
    check_order(life)


@settings(max_examples=80, deadline=None)
@given(written_series())
def test_the_outlook_is_the_life_that_follows(series):
    life, _ = live(series)
    seen = outlook(series, History(first_run=DAWN), DAWN, DAWN + timedelta(days=9999))
    lived = [(step.action, step.number, step.due) for _, step in life if step.why is not Why.NO_TEXT]
    assert [(step.action, step.number, step.due) for step in seen if step.why is not Why.NO_TEXT] == lived


@settings(max_examples=80, deadline=None)
@given(written_series(), st.integers(0, 4 * 24 * 900))
def test_between_two_wakes_nothing_is_due(series, quarters):
    life, _ = live(series)
    history = History(first_run=DAWN)
    for now, step in life:
        wake = next_wake(series, history, DAWN)
        moment = DAWN + timedelta(minutes=15 * quarters)
        if wake is not None and moment < wake and not plan(series, history, DAWN):
            assert plan(series, history, moment) == ()
        history = done(history, step, now)


@settings(max_examples=80, deadline=None)
@given(written_series())
def test_a_slot_foretold_is_the_slot_that_comes(series):
    life, _ = live(series)
    foretold = {n: part_slot(series, History(first_run=DAWN), n, DAWN) for n in series.numbers}
    for _, step in life:
        if step.action is Action.RELEASE:
            assert foretold[step.number] == step.due


@settings(max_examples=80, deadline=None)
@given(written_series(), st.integers(0, 900))
def test_a_clock_set_back_brings_nothing_out_again(series, days):
    life, history = live(series)
    out = {n for n, past in history.parts.items() if past.released}
    now = (life[-1][0] if life else DAWN) - timedelta(days=days)
    assert not {step.number for step in plan(series, history, now)} & out
    assert isinstance(history.part(1), PartHistory)
