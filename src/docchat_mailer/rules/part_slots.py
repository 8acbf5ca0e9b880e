"""The slot of each part: where the grid, ``publish`` and what has happened put it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from docchat_mailer.model.cadence import Lead
from docchat_mailer.model.instants import utc
from docchat_mailer.model.planning import History
from docchat_mailer.model.series import Series
from docchat_mailer.rules.slots import first_instant, next_slot


class Place(NamedTuple):
    """Where a part stands in time: its slot (UTC; None while unknown), and why it cannot be kept."""

    slot: datetime | None
    fault: str = ""


def next_number(history: History) -> int:
    """The number that may be released next: the one after the last released, 1 at first."""
    return 1 + max((number for number, part in history.parts.items() if part.released), default=0)


def part_slot(series: Series, history: History, number: int, now: datetime) -> datetime | None:
    """The slot of part *number* in UTC, or None while none is known.

    For a released part it is the one it came out for.  For a part behind unreleased ones it is
    provisional: it assumes that each of those goes out at its slot, or now if that has passed.
    """
    if (released := history.part(number).released) is not None:
        return utc(history.part(number).slot or released)
    upcoming = next_number(history)
    if number < upcoming:
        return None
    slot = place(series, history, upcoming).slot
    for later in range(upcoming + 1, number + 1):
        if slot is None:
            return None
        slot = _place_after(series, history, later, max(slot, utc(now))).slot
    return slot


def place(series: Series, history: History, number: int) -> Place:
    """Where the next part *number* stands, the part before it being out (or *number* being 1)."""
    return _place_after(series, history, number, floor_of(history, number))


def floor_of(history: History, number: int) -> datetime | None:
    """The later of slot and release of the part before *number*; None where there is none."""
    before = history.part(number - 1)
    if before.released is None:
        return None
    return max(utc(before.released), utc(before.slot or before.released))


def announcement_at(series: Series, history: History, number: int, slot: datetime) -> datetime | None:
    """When part *number* with that *slot* is announced, or None where it is not.

    Part 1 has no announcement, and nor has a part of which not even a title is known.
    """
    known = series.part(number) or series.promised(number)
    before = history.part(number - 1).released
    if series.announce is None or known is None or before is None:
        return None
    return max(_ahead(slot, series.announce, zone_of(series)), utc(before))


def zone_of(series: Series) -> ZoneInfo:
    """The zone of the series' wall times: its cadence's, its start's, or UTC."""
    if series.cadence is not None:
        return series.cadence.zone
    zone: tzinfo | None = series.start.tzinfo if series.start else None
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


def _ahead(slot: datetime, lead: Lead, zone: ZoneInfo) -> datetime:
    """*slot* minus *lead*: days as wall time, the rest exact."""
    if lead.days:
        local = slot.astimezone(zone)
        day = local.date() - timedelta(days=lead.days)
        slot = first_instant(day, local.time(), zone)
    return slot - lead.exact


def _place_after(series: Series, history: History, number: int, floor: datetime | None) -> Place:
    """Where part *number* stands when the part before it leaves it only what is after *floor*."""
    slot = _raised(series, history, number, floor, _planned(series, number, floor))
    if slot is not None and floor is not None and slot <= floor:
        return Place(
            slot,
            f"Part {number} is to be published at {slot:%Y-%m-%d %H:%M} UTC, which is not "
            f"after part {number - 1} ({floor:%Y-%m-%d %H:%M} UTC).",
        )
    return Place(slot)


def _planned(series: Series, number: int, floor: datetime | None) -> datetime | None:
    """The slot before any floor of the part's own: ``publish``, the start, or the grid."""
    part = series.part(number)
    if part is not None and part.publish is not None:
        return utc(part.publish)
    if floor is None:
        return utc(series.start) if series.start is not None else None
    return _on_grid(series, floor)


def _raised(
    series: Series, history: History, number: int, floor: datetime | None, slot: datetime | None
) -> datetime | None:
    """*slot*, or the first one after the part's ``not_before`` where it would lie before that."""
    own = history.part(number).not_before
    if own is None or (slot is not None and slot >= own):
        return slot
    if series.cadence is None:
        return utc(own)
    return _on_grid(series, max(utc(own), floor or datetime.min.replace(tzinfo=UTC)))


def _on_grid(series: Series, after: datetime) -> datetime | None:
    """The first grid slot after *after*, counted from the start (or part 1's own time)."""
    first = series.part(1)
    start = series.start or (first.publish if first else None)
    if series.cadence is None:
        return None
    return next_slot(series.cadence, start or after, after)
