"""What is due: history in, steps out; asking twice gives the same answer until it is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from docchat_mailer.model.cadence import Misfire
from docchat_mailer.model.instants import utc
from docchat_mailer.model.planning import Action, History, Step, Why
from docchat_mailer.model.series import Series
from docchat_mailer.rules.part_slots import (
    Place,
    announcement_at,
    next_number,
    part_slot,
    place,
)

__all__ = ["ON_TIME", "next_wake", "outlook", "part_slot", "plan"]

ON_TIME = timedelta(minutes=5)
"""A release no later than this after its slot counts as on time."""


def plan(series: Series, history: History, now: datetime) -> tuple[Step, ...]:
    """What is due for *series* at *now*, oldest first; empty where nothing is.

    Only the next part is ever answered for, so that none overtakes another, however far the clock went.
    """
    number = next_number(history)
    if _is_waiting(series, history, number):
        return ()
    where, now = place(series, history, number), utc(now)
    if where.slot is None:
        return ()
    if where.slot <= now:
        return _at_slot(series, history, number, where, now)
    due = _open_announcement(series, history, number, where.slot)
    if due is None or due > now:
        return ()
    if fault := series.fault or where.fault:
        return (_step(series, number, Action.HOLD, due, why=Why.FAULT, detail=fault),)
    return (_step(series, number, Action.ANNOUNCE, due),)


def next_wake(series: Series, history: History, now: datetime) -> datetime | None:
    """The next instant, strictly after *now*, at which :func:`plan` may answer something new.

    None where only a change of the files or of the history can bring anything new.
    """
    number = next_number(history)
    slot = place(series, history, number).slot
    if slot is None or _is_waiting(series, history, number):
        return None
    due = _open_announcement(series, history, number, slot)
    return min((at for at in (due, slot) if at is not None and at > now), default=None)


def outlook(series: Series, history: History, now: datetime, until: datetime) -> tuple[Step, ...]:
    """Every step up to *until* (inclusive), as if each was done when due; what is due already comes first.

    A part that is only promised appears as a release with the reason NO_TEXT; a held part or series as a
    hold, and nothing behind it.
    """
    steps: list[Step] = []
    at: datetime | None = utc(now)
    while at is not None and at <= until:
        due = plan(series, history, at)
        for found in due:
            step = _if_written(series, found) if at > now else found
            steps.append(step)
            history = _after(history, step, at)
            if step.action is Action.HOLD:
                return tuple(steps)
        # A step that left the slot out leaves the announcement of the next one to be looked at now.
        at = at if due else next_wake(series, history, at)
    return (*steps, *_held(series, history, now))


def _is_waiting(series: Series, history: History, number: int) -> bool:
    """Whether nothing can be due: the series or the part is held, or every part is out."""
    held = history.hold is not None or history.part(number).hold is not None
    return held or series.last_number < number


def _at_slot(series: Series, history: History, number: int, where: Place, now: datetime) -> tuple[Step, ...]:
    """The steps of a part whose slot is here: its release, after leaving out its announcement, or a hold."""
    slot = where.slot or now
    action, why, detail = _verdict(series, history, number, where, now)
    step = _step(series, number, action, slot, why=why, detail=detail)
    missed = _open_announcement(series, history, number, slot)
    if action is not Action.RELEASE or missed is None:
        return (step,)
    detail = f"Part {number} is out or due, so it is not announced any more."
    return (_step(series, number, Action.SKIP, missed, why=Why.SLOT_PASSED, detail=detail), step)


def _verdict(
    series: Series, history: History, number: int, where: Place, now: datetime
) -> tuple[Action, Why | None, str]:
    """What becomes of part *number* at *now*, its slot having come."""
    slot = where.slot or now
    if fault := series.fault or where.fault:
        return Action.HOLD, Why.FAULT, fault
    if series.part(number) is None:
        return Action.HOLD, Why.NO_TEXT, f"Part {number} is not written yet."
    if now - slot <= ON_TIME:
        return Action.RELEASE, None, ""
    if now - slot <= series.max_lateness:
        return _misfire(series.misfire, number)
    if history.first_run is None or slot < history.first_run:
        return Action.HOLD, Why.FIRST_START, f"Part {number} was due before this site first ran."
    return Action.HOLD, Why.TOO_LATE, f"Part {number} is later than the series allows."


def _misfire(policy: Misfire, number: int) -> tuple[Action, Why | None, str]:
    """What the series' policy says of a part that is late, but not too late."""
    if policy is Misfire.SKIP:
        return Action.SKIP, Why.SLOT_LEFT_OUT, f"Part {number} was late and takes the next slot."
    if policy is Misfire.HOLD:
        return Action.HOLD, Why.LATE, f"Part {number} was late and waits for a decision."
    return Action.RELEASE, None, ""


def _open_announcement(series: Series, history: History, number: int, slot: datetime) -> datetime | None:
    """When the announcement of part *number* is due, or None where there is none or it is settled."""
    past = history.part(number)
    if past.announced is not None or past.announce_skipped:
        return None
    return announcement_at(series, history, number, slot)


def _if_written(series: Series, step: Step) -> Step:
    """A coming hold for want of text as the release it will be, if the part is promised."""
    if step.why is not Why.NO_TEXT or series.promised(step.number) is None:
        return step
    detail = f"Provisional: part {step.number} is promised, its text is not written yet."
    return replace(step, action=Action.RELEASE, detail=detail)


def _after(history: History, step: Step, at: datetime) -> History:
    """The history once *step* was done at *at*."""
    past = history.part(step.number)
    if step.action is Action.RELEASE:
        past = replace(past, released=at, slot=step.due)
    elif step.action is Action.ANNOUNCE:
        past = replace(past, announced=at)
    elif step.why is Why.SLOT_PASSED:
        past = replace(past, announce_skipped=True)
    elif step.why is Why.SLOT_LEFT_OUT:
        past = replace(past, not_before=at)
    return replace(history, parts={**history.parts, step.number: past})


def _held(series: Series, history: History, now: datetime) -> tuple[Step, ...]:
    """The recorded hold that the next part waits for, if there is one."""
    number = next_number(history)
    hold = history.hold or history.part(number).hold
    if hold is None:
        return ()
    due = part_slot(series, history, number, now) or utc(hold.since)
    return (_step(series, number, Action.HOLD, due, why=hold.why, detail=hold.detail),)


def _step(
    series: Series, number: int, action: Action, due: datetime, *, why: Why | None = None, detail: str = ""
) -> Step:
    """A step of this series."""
    return Step(action=action, series=series.slug, number=number, due=due, why=why, detail=detail)
