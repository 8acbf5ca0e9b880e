"""Where everything stands: what is out, what comes, what is held, and whether the accounts add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.planning import Action, Hold, Step
from docchat_mailer.publishing.agenda import PromiseItem, promises
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.rules.planning import outlook
from docchat_mailer.store import accounting, editions, subscribers

AHEAD = timedelta(days=366)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One look at a site; *candidates* must equal the sum of *deliveries*."""

    published: Mapping[str, int]
    not_live: int
    subscribers: Mapping[str, int]
    deliveries: Mapping[str, int]
    candidates: int
    faults: tuple[str, ...]
    held: tuple[tuple[str, int, Hold], ...]
    following: tuple[Step, ...]
    promises: tuple[PromiseItem, ...]

    @property
    def healthy(self) -> bool:
        """Whether the accounts add up and no delivery waits for a decision."""
        return not self.faults and not self.deliveries.get(DeliveryState.UNCERTAIN, 0)


def standing(desk: Desk, now: datetime) -> Standing:
    """Where everything stands at *now*; changes nothing."""
    with desk.press.db.read() as c:
        sums = accounting.sums(c)
        faults = accounting.accounting_faults(c)
        candidates = sum(edition.candidates for edition in editions.editions(c))
        people = subscribers.counts(c)
    return Standing(
        published=Counter(str(publication.kind) for publication in desk.shelf.publications),
        not_live=sum(publication.live_at is None for publication in desk.shelf.publications),
        subscribers=people,
        deliveries={str(state): number for state, number in sums.items()},
        candidates=candidates,
        faults=tuple(faults),
        held=tuple(_held(desk)),
        following=tuple(_following(desk, now)),
        promises=tuple(promises(desk, now)),
    )


def _held(desk: Desk) -> list[tuple[str, int, Hold]]:
    found = [(slug, 0, history.hold) for slug, history in desk.histories.items() if history.hold]
    for slug, history in desk.histories.items():
        found += [(slug, number, past.hold) for number, past in sorted(history.parts.items()) if past.hold]
    return found


def _following(desk: Desk, now: datetime) -> list[Step]:
    """The next step of every series, soonest first."""
    found = []
    for series in desk.library.series:
        steps = outlook(series, desk.history(series.slug), now, now + AHEAD)
        found += [step for step in steps if step.action in {Action.RELEASE, Action.ANNOUNCE}][:1]
    return sorted(found, key=lambda step: step.due)
