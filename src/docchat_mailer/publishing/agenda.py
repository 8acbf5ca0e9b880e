"""The plan a person can read before it happens: what goes out when, to how many, with holds and promises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from docchat_mailer.model.planning import Action, Step
from docchat_mailer.model.publication import Kind, Promise, PromiseState, Publication
from docchat_mailer.model.series import Series
from docchat_mailer.model.slugs import slugify
from docchat_mailer.model.subscriber import Follow, Scope
from docchat_mailer.publishing.revising import drifts
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.rules.naming import composed_title
from docchat_mailer.rules.planning import outlook
from docchat_mailer.rules.promises import promise_state
from docchat_mailer.store import subscribers


@dataclass(frozen=True, kw_only=True, slots=True)
class AgendaItem:
    """One step to come, with its composed title and how many would get it today (0 for holds)."""

    step: Step
    title: str
    recipients: int

    @property
    def mailed(self) -> bool:
        """Whether the step mails anybody."""
        return self.step.action in _MAILED


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseItem:
    """A promise that is made, and how it stands."""

    series: str
    number: int
    promise: Promise
    state: PromiseState


@dataclass(frozen=True, kw_only=True, slots=True)
class Agenda:
    """Everything ``plan`` shows; *drift* lists published parts whose file says something else, or is gone."""

    items: tuple[AgendaItem, ...]
    promises: tuple[PromiseItem, ...]
    drift: tuple[tuple[Publication, str], ...]


def agenda(desk: Desk, now: datetime, until: datetime) -> Agenda:
    """What is due and what comes up to *until*; changes nothing."""
    audiences = Audiences(desk)
    return Agenda(
        items=tuple(
            sorted(
                (
                    item
                    for series in desk.library.series
                    for item in _items(desk, audiences, series, now, until)
                ),
                key=lambda item: (item.step.due, item.step.series, item.step.number),
            )
        ),
        promises=tuple(promises(desk, now)),
        drift=tuple(
            (drift.publication, "edited" if drift.part is not None else "file is gone")
            for drift in drifts(desk)
        ),
    )


def for_readers(made: Agenda, number: int) -> Agenda:
    """The same plan, if everything that is mailed went to *number* readers."""
    items = (replace(item, recipients=number) if item.mailed else item for item in made.items)
    return replace(made, items=tuple(items))


def _items(
    desk: Desk, audiences: Audiences, series: Series, now: datetime, until: datetime
) -> list[AgendaItem]:
    history = desk.history(series.slug)
    return [
        AgendaItem(
            step=step,
            title=_title(desk, series, step.number),
            recipients=audiences.count(series, step.number) if step.action in _MAILED else 0,
        )
        for step in outlook(series, history, now, until)
    ]


_MAILED = frozenset({Action.RELEASE, Action.ANNOUNCE})


def _title(desk: Desk, series: Series, number: int) -> str:
    named = series.part(number) or series.promised(number)
    return composed_title(desk.press.site, series, number, named.title) if named is not None else ""


def readers_of(desk: Desk, series: Series, number: int) -> int:
    """How many would get a part, or its announcement, if it went out now."""
    return Audiences(desk).count(series, number)


class Audiences:
    """How many follow what, asked once for all parts that the same people get."""

    def __init__(self, desk: Desk) -> None:
        self._db = desk.press.db
        with self._db.read() as c:
            self._followed = subscribers.followed(c)
        self._known: dict[tuple[str, tuple[str, ...]], int] = {}

    def count(self, series: Series, number: int) -> int:
        """How many would get a part of *series*, or its announcement."""
        part = series.part(number)
        tags = {slugify(tag) for tag in (*series.tags, *(part.tags if part is not None else ()))}
        slug = series.slug if Follow(Scope.SERIES, series.slug) in self._followed else ""
        key = (slug, tuple(sorted(tag for tag in tags if Follow(Scope.TAG, tag) in self._followed)))
        if key not in self._known:
            with self._db.read() as c:
                self._known[key] = subscribers.count_followers(c, slug, key[1])
        return self._known[key]


def promises(desk: Desk, now: datetime) -> list[PromiseItem]:
    """Every promise made by a release, oldest first."""
    released = [p for p in desk.shelf.publications if p.kind is Kind.RELEASE]
    return [
        PromiseItem(
            series=publication.series,
            number=publication.number,
            promise=promise,
            state=promise_state(promise, now),
        )
        for publication in released
        for promise in publication.promises
    ]
