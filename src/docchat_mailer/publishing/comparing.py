"""Two plans beside each other: what a change of the posts does to what goes out when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from docchat_mailer.model.planning import Action
from docchat_mailer.publishing.agenda import Agenda, AgendaItem


class Difference(StrEnum):
    """What became of a step."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"  # another instant
    HELD = "held"  # it went out, and waits now
    FREED = "freed"  # it waited, and goes out now
    CHANGED = "changed"  # another title, another number of readers, another reason


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChange:
    """One step that differs; *before* or *after* is None where it is in one of the plans only."""

    difference: Difference
    before: AgendaItem | None
    after: AgendaItem | None

    @property
    def item(self) -> AgendaItem:
        """The step as it is now, or as it was."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change has two empty sides")
        return found


Key = tuple[str, int, bool]
"""Series, part number, and whether it is the announcement."""


def compare(before: Agenda, after: Agenda) -> list[PlanChange]:
    """Every step that differs between two plans, by its instant; equal steps are left out."""
    changes = list(_changes(_by_key(before), _by_key(after)))
    return sorted(changes, key=lambda change: (change.item.step.due, _key(change.item)))


def _changes(old: Mapping[Key, AgendaItem], new: Mapping[Key, AgendaItem]) -> Iterator[PlanChange]:
    for key in old.keys() | new.keys():
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            kind = Difference.ADDED if was is None else Difference.REMOVED
            yield PlanChange(difference=kind, before=was, after=now)
        elif (found := _difference(was, now)) is not None:
            yield PlanChange(difference=found, before=was, after=now)


def _difference(was: AgendaItem, now: AgendaItem) -> Difference | None:
    if was == now:
        return None
    waited, waits = (item.step.action is Action.HOLD for item in (was, now))
    if waited != waits:
        return Difference.HELD if waits else Difference.FREED
    return Difference.MOVED if was.step.due != now.step.due else Difference.CHANGED


def _by_key(agenda: Agenda) -> dict[Key, AgendaItem]:
    return {_key(item): item for item in agenda.items}


def _key(item: AgendaItem) -> Key:
    step = item.step
    return step.series, step.number, step.action is Action.ANNOUNCE
