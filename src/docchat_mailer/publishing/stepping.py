"""Do what the plan says is due: release, announce, hold, skip; each step in a transaction of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from docchat_mailer.checking.history import find_renames
from docchat_mailer.content.library import Library
from docchat_mailer.errors import ContentError
from docchat_mailer.model.planning import Action, History, Hold, Step, Why
from docchat_mailer.model.publication import Kind, Promise, Publication
from docchat_mailer.model.series import Part, Series, SeriesFacts, part_key
from docchat_mailer.publishing.composing import (
    Composed,
    announcement_revision,
    page_map,
    release_revision,
    slug_of,
)
from docchat_mailer.publishing.events import Event, EventName
from docchat_mailer.publishing.freezing import Manuscript, freeze
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.shelf import Shelf
from docchat_mailer.rules.naming import page_path
from docchat_mailer.rules.planning import part_slot, plan
from docchat_mailer.rules.promises import resolve_promises
from docchat_mailer.store import marks, meta, publications, series_facts

FEW = 50
"""Series that are sooner read one by one than all series together."""

PROMISES_SEEN = "promises seen until"
"""The meta key under which stands how far overdue promises have been reported."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """One look at the posts and at what has happened: what a round of steps works from."""

    press: Press
    authority: str
    library: Library
    shelf: Shelf
    histories: Mapping[str, History]
    first_run: datetime | None
    pages: Mapping[str, str]

    def history(self, slug: str) -> History:
        """What has happened to a series; nothing yet, for a new one."""
        return self.histories.get(slug) or History(first_run=self.first_run)


def open_desk(press: Press, authority: str, library: Library, shelf: Shelf, now: datetime) -> Desk:
    """Remember what is new in the posts, and read what has happened so far."""
    known = _remember_series(press, library, shelf, now)
    return see_desk(press, authority, library, replace(shelf, facts=known))


def see_desk(press: Press, authority: str, library: Library, shelf: Shelf) -> Desk:
    """The desk as it is, for a question: nothing is written."""
    with press.db.read() as c:
        histories = marks.histories(c, shelf.publications)
        first = marks.first_run(c)
    return Desk(
        press=press,
        authority=authority,
        library=held_back(library, find_renames(library, shelf.publications, shelf.heads)),
        shelf=shelf,
        histories=histories,
        first_run=first,
        pages=page_map(library, shelf.publications),
    )


def look_again(desk: Desk) -> Desk:
    """The same posts, and what has happened since."""
    with desk.press.db.read() as c:
        shelf = Shelf.load(c)
    return see_desk(desk.press, desk.authority, desk.library, shelf)


def look_again_at(desk: Desk, slugs: Collection[str]) -> Desk:
    """The same posts, and what this round of steps did to the series *slugs* and to no other."""
    if len(slugs) > FEW:
        return look_again(desk)
    with desk.press.db.read() as c:
        shelf = desk.shelf.load_again(c, slugs)
        histories = dict(desk.histories)
        for slug in slugs:
            mine = [publication for publication in shelf.publications if publication.series == slug]
            histories |= marks.histories(c, mine, slug)
    return replace(desk, shelf=shelf, histories=histories)


def held_back(library: Library, renames: Sequence[tuple[Publication, Part]]) -> Library:
    """*library* with every series at fault whose published parts have other numbers or names now."""
    faults: dict[str, str] = {}
    for publication, part in renames:
        old = part_key(publication.series, publication.number)
        sentence = f"{part.source}: the published part {old} is now {part.key}"
        faults.setdefault(part.series, f"{sentence} - docchat-mailer rename {old} {part.key}")
    series = (
        replace(one, fault=faults[one.slug]) if one.slug in faults and not one.fault else one
        for one in library.series
    )
    return replace(library, series=tuple(series)) if faults else library


def _remember_series(
    press: Press, library: Library, shelf: Shelf, now: datetime
) -> Mapping[str, SeriesFacts]:
    """Note the first run, and what pages say of each series; nothing is written where nothing is new."""
    facts = {series.slug: facts_of(press, series) for series in library.series}
    changed = {slug: each for slug, each in facts.items() if shelf.facts.get(slug) != each}
    with press.db.read() as c:
        first = marks.first_run(c)
    if first is None or changed:
        with press.db.write() as c:
            if first is None:
                marks.set_first_run(c, now)
            for each in changed.values():
                series_facts.put_series(c, each)
    return {**shelf.facts, **changed}


def facts_of(press: Press, series: Series) -> SeriesFacts:
    """What pages say of *series*."""
    return SeriesFacts(
        slug=series.slug,
        title=series.title,
        summary=series.summary,
        language=series.language or press.site.language,
        tags=series.tags,
        total=series.total,
        feeds=series.feeds,
        lone=series.lone,
    )


def take_steps(desk: Desk, now: datetime) -> list[Event]:
    """Do every step due at *now*; a series that cannot go on is held, and the others go on."""
    events: list[Event] = []
    for series in desk.library.series:
        history = desk.history(series.slug)
        arrivals = list(welcome_arrivals(desk, series, history, now))
        events.extend(arrivals)
        for step in plan(series, _history(desk, series) if arrivals else history, now):
            events.extend(_take(desk, series, step, now))
    events.extend(overdue_promises(desk.press, now))
    return events


def _history(desk: Desk, series: Series) -> History:
    """The history of *series* as it is now: this round has just changed it."""
    with desk.press.db.read() as c:
        published = publications.all_publications(c, series.slug)
        found = marks.histories(c, published, series.slug).get(series.slug)
    return found or History(first_run=desk.first_run)


def welcome_arrivals(desk: Desk, series: Series, history: History, now: datetime) -> Iterator[Event]:
    """A part whose slot passed without its text takes the first slot after the text is there."""
    for number, past in history.parts.items():
        if past.hold is None or past.hold.why is not Why.NO_TEXT or series.part(number) is None:
            continue
        with desk.press.db.write() as c:
            marks.clear_hold(c, series.slug, number)
            marks.set_not_before(c, series.slug, number, now)
        yield Event(
            at=now, name=EventName.RESUMED, series=series.slug, number=number, detail="the text is here"
        )


def _take(desk: Desk, series: Series, step: Step, now: datetime) -> Iterator[Event]:
    match step.action:
        case Action.RELEASE:
            yield from release(desk, series, step.number, slot=step.due, now=now)
        case Action.ANNOUNCE:
            yield announce(desk, series, step.number, now)
        case Action.HOLD:
            yield hold(desk, step, now)
        case Action.SKIP:
            yield skip(desk, step, now)


def release(
    desk: Desk, series: Series, number: int, *, slot: datetime | None, now: datetime, mail: bool = True
) -> Iterator[Event]:
    """Publish a part, or hold it where its file or its letter is at fault."""
    part = series.part(number)
    if part is None:
        raise ValueError(f"{series.slug}/{number} is not written")
    try:
        publication = freeze(
            desk.press, desk.authority, manuscript_of(desk, series, part, slot, now), now, mail=mail
        )
    except ContentError as exc:
        yield _hold_faulty(desk, series, number, exc, due=slot or now, now=now)
        return
    yield happened(EventName.RELEASED, publication, now)
    yield from _kept_by(desk.press, publication, now)


def manuscript_of(desk: Desk, series: Series, part: Part, slot: datetime | None, now: datetime) -> Manuscript:
    """Everything about a part's release that is decided before it has an id."""
    composed = release_revision(
        desk.press.posts,
        desk.press.site,
        series,
        part,
        path=desk.pages[part.source.path],
        pages=desk.pages,
        now=now,
    )
    return manuscript_with(desk, series, part, composed, slot=slot, now=now)


def manuscript_with(
    desk: Desk, series: Series, part: Part, composed: Composed, *, slot: datetime | None, now: datetime
) -> Manuscript:
    """The release of *part* with a revision that is composed already."""
    return Manuscript(
        series=series,
        number=part.number,
        kind=Kind.RELEASE,
        slug=part.slug,
        path=desk.pages[part.source.path],
        composed=composed,
        slot=slot,
        promises=promises_of(desk, series, part, now),
        entry_id=part.entry_id,
        aliases=part.aliases,
    )


def promises_of(desk: Desk, series: Series, part: Part, now: datetime) -> tuple[Promise, ...]:
    """What *part* promises, each with its date as it stands at release."""
    history = desk.history(series.slug)
    return tuple(
        Promise(topic=topic, part=number, due=part_slot(series, history, number, now))
        for topic, number in resolve_promises(part.topics, part.number)
    )


def announce(desk: Desk, series: Series, number: int, now: datetime) -> Event:
    """Publish the announcement of a part that is written or only promised, or hold the part."""
    due = part_slot(series, _history(desk, series), number, now)
    if due is None:
        raise ValueError(f"{series.slug}/{number} has no slot")
    slug = slug_of(series, number)
    composed = announcement_revision(
        desk.press.announcements, desk.press.site, series, number, due=due, now=now
    )
    manuscript = Manuscript(
        series=series,
        number=number,
        kind=Kind.ANNOUNCEMENT,
        slug=slug,
        path=page_path(series, slug, Kind.ANNOUNCEMENT),
        composed=composed,
        slot=due,
    )
    try:
        publication = freeze(desk.press, desk.authority, manuscript, now, mail=True)
    except ContentError as exc:
        return _hold_faulty(desk, series, number, exc, due=due, now=now)
    return happened(EventName.ANNOUNCED, publication, now)


def _hold_faulty(
    desk: Desk, series: Series, number: int, fault: ContentError, *, due: datetime, now: datetime
) -> Event:
    """Hold a part whose text or letter is at *fault*; the other series go on."""
    step = Step(
        action=Action.HOLD, series=series.slug, number=number, due=due, why=Why.FAULT, detail=str(fault)
    )
    return hold(desk, step, now)


def hold(desk: Desk, step: Step, now: datetime) -> Event:
    """Record that a part waits for its text or for a decision, with the reason."""
    why = step.why or Why.OPERATOR
    with desk.press.db.write() as c:
        marks.set_hold(c, step.series, step.number, Hold(why=why, since=now, detail=step.detail))
    detail = f"{why}: {step.detail}" if step.detail else str(why)
    return Event(at=now, name=EventName.HELD, series=step.series, number=step.number, detail=detail)


def skip(desk: Desk, step: Step, now: datetime) -> Event:
    """Leave out an announcement whose part is due, or a slot that the series' policy lets pass."""
    slot_left_out = step.why is Why.SLOT_LEFT_OUT
    with desk.press.db.write() as c:
        if slot_left_out:
            marks.set_not_before(c, step.series, step.number, now)
        else:
            marks.skip_announcement(c, step.series, step.number)
    return Event(
        at=now,
        name=EventName.SKIPPED,
        series=step.series,
        number=step.number,
        kind=Kind.RELEASE if slot_left_out else Kind.ANNOUNCEMENT,
        detail=str(step.why or ""),
    )


def happened(name: EventName, publication: Publication, now: datetime) -> Event:
    """The event of *publication* having come out."""
    return Event(
        at=now,
        name=name,
        series=publication.series,
        number=publication.number,
        kind=publication.kind,
        entry_id=publication.entry_id,
        publication=publication.id,
    )


def _kept_by(press: Press, release_: Publication, now: datetime) -> Iterator[Event]:
    with press.db.read() as c:
        earlier = publications.all_publications(c, release_.series)
    for promiser in earlier:
        for promise in promiser.promises:
            if promise.kept_by == release_.id:
                yield Event(
                    at=now,
                    name=EventName.PROMISE_KEPT,
                    series=promiser.series,
                    number=promiser.number,
                    entry_id=promiser.entry_id,
                    detail=promise.topic,
                )


def overdue_promises(press: Press, now: datetime) -> Iterator[Event]:
    """Promises whose date has passed since this was last asked, each told once."""
    with press.db.read() as c:
        seen = meta.get_instant(c, PROMISES_SEEN)
        due = publications.promises_due(c, after=seen, until=now)
    for promiser, promise in due:
        yield Event(
            at=now,
            name=EventName.PROMISE_OVERDUE,
            series=promiser.series,
            number=promiser.number,
            entry_id=promiser.entry_id,
            detail=promise.topic,
        )
    if due:
        with press.db.write() as c:
            meta.put_instant(c, PROMISES_SEEN, now)
