"""Live through the plan with a virtual clock: the real worker on a scratch site, from due instant to due."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from docchat_mailer.publishing.adopting import adopt
from docchat_mailer.publishing.events import Event
from docchat_mailer.publishing.round import finish, prepare
from docchat_mailer.publishing.stepping import look_again
from docchat_mailer.store import editions
from docchat_mailer.worker.clocks import VirtualClock
from docchat_mailer.worker.crew import Crew
from docchat_mailer.worker.ticking import TickReport, tick
from docchat_mailer.worker.watch import next_instant

REPORTED = frozenset({"released", "announced", "held", "skipped", "promise_kept", "promise_overdue"})
"""The events a timeline tells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineEntry:
    """One line of a timeline; *recipients* is how many the edition has, 0 for what is not mailed."""

    event: Event
    recipients: int

    def as_json(self) -> str:
        """The line, with the keys at (UTC), event, series, part, kind, entry_id, recipients."""
        event = self.event
        return json.dumps(
            {
                "at": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "event": event.name,
                "series": event.series,
                "part": event.number,
                "kind": event.kind,
                "entry_id": event.entry_id,
                "recipients": self.recipients,
            },
            ensure_ascii=False,
        )


def simulate(
    crew: Crew,
    clock: VirtualClock,
    until: datetime,
    progress: Callable[[datetime], None] = lambda _now: None,
) -> Iterator[TimelineEntry]:
    """Live from the clock's instant to *until*, both included, and tell what happens.

    What was due before the start is adopted: it is on pages and in feeds, and mails nobody.
    """
    _adopt_the_past(crew, clock)
    told = _Timeline(crew)
    while True:
        report = tick(crew)
        yield from told.entries(report)
        progress(clock.now())
        following = next_instant(crew, report.round.desk, clock.now())
        if following is None or following > until:
            yield from told.rest()
            return
        clock.set(following)


def _adopt_the_past(crew: Crew, clock: VirtualClock) -> None:
    desk, _ = prepare(crew.press, clock.now())
    if adopt(desk, clock.now()).adopted:
        finish(look_again(desk), clock.now(), [])


class _Timeline:
    """What happened, in its order: an event whose mail waits for its grace holds back those after it."""

    def __init__(self, crew: Crew) -> None:
        self._db = crew.press.db
        self._events: deque[Event] = deque()
        self._candidates: dict[int, int] = {}

    def entries(self, report: TickReport) -> Iterator[TimelineEntry]:
        """What can be told after a tick."""
        self._candidates |= {fanned.publication: fanned.candidates for fanned in report.fanned_out}
        self._events.extend(event for event in report.round.events if event.name in REPORTED)
        with self._db.read() as c:
            waiting = {edition.publication for edition in editions.to_fan_out(c)}
        while self._events and self._events[0].publication not in waiting:
            yield self._entry(self._events.popleft())

    def rest(self) -> Iterator[TimelineEntry]:
        """What is left at the end: nobody was mailed yet."""
        while self._events:
            yield self._entry(self._events.popleft())

    def _entry(self, event: Event) -> TimelineEntry:
        recipients = self._candidates.get(event.publication, 0) if event.publication is not None else 0
        return TimelineEntry(event=event, recipients=recipients)
