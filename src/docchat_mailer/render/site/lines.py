"""Lines of pages: positions, promises, the parts of a series, tags, each in the page's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from docchat_mailer.model.publication import Kind, PromiseState
from docchat_mailer.model.site import Site
from docchat_mailer.render.views import Entry, Link, MapItem, PromiseView, SeriesPage, Standing
from docchat_mailer.render.words import long_date, words
from docchat_mailer.rules.naming import tag_path


@dataclass(frozen=True, kw_only=True, slots=True)
class Pledge:
    """A promise as a page tells it: *note* says when; *link* leads to the part that kept it."""

    topic: str
    note: str
    link: Link | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A part on the map: *note* says when it came or comes; *here* marks the page one is on."""

    number: int
    title: str
    standing: str
    note: str = ""
    summary: str = ""
    path: str = ""
    here: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Says things about *site*'s publications in *language*."""

    site: Site
    language: str

    @property
    def say(self) -> Mapping[str, str]:
        """The phrases of the language."""
        return words(self.language)

    def date(self, instant: datetime) -> str:
        """The day of *instant* where the site is."""
        return long_date(instant, self.site.zone, self.language)

    def position(self, entry: Entry) -> str:
        """``Part 2 of 3``, or ``Part 2`` while nobody knows; empty for a lone post."""
        if entry.series is None:
            return ""
        if entry.series.total:
            return self.say["part_of"].format(n=entry.number, total=entry.series.total)
        return self.say["part"].format(n=entry.number)

    def pledges(self, promises: Iterable[PromiseView], *, told: bool) -> tuple[Pledge, ...]:
        """What to say of *promises*; where the text *told* of them, only what it could not know."""
        made = [self._pledge(promise) for promise in promises]
        return tuple(one for one in made if not told or one.link or one.note != self.say["promised"])

    def _pledge(self, promise: PromiseView) -> Pledge:
        note = self.say["promised"]
        if promise.link is not None:
            note = self.say["kept"]
        elif promise.state is PromiseState.OVERDUE:
            note = self.say["overdue"] if self.site.show_overdue else note
        elif promise.due is not None:
            note = self.say["due_on"].format(date=self.date(promise.due))
        return Pledge(topic=promise.topic, note=note, link=promise.link)

    def stops(self, entry: Entry, page: SeriesPage | None) -> tuple[Stop, ...]:
        """All parts of the series *entry* is in, in order; from its neighbours where there is no *page*."""
        if entry.series is None:
            return ()
        here = entry.number if entry.kind is Kind.RELEASE else 0
        if page is not None:
            return self.map(page.items, here)
        own = (Link(title=entry.bare_title, path=entry.path),) if here else ()
        links = enumerate((*entry.earlier, *own, *entry.later), 1)
        return tuple(
            Stop(number=n, title=one.title, standing="out", path=one.path, here=one.path == entry.path)
            for n, one in links
        )

    def map(self, items: Iterable[MapItem], here: int = 0) -> tuple[Stop, ...]:
        """The map of a series, the part numbered *here* marked."""
        return tuple(
            Stop(
                number=item.number,
                title=item.title or self.say["part"].format(n=item.number),
                standing=item.standing.value,
                note=self._standing(item),
                summary=item.summary,
                path=item.path,
                here=item.number == here,
            )
            for item in items
        )

    def _standing(self, item: MapItem) -> str:
        if item.standing is Standing.OUT:
            return self.date(item.at) if item.at else ""
        if item.standing is Standing.LATE:
            return self.say["overdue"]
        if item.at is not None:
            return self.say["due_on"].format(date=self.date(item.at))
        return self.say["promised"]

    def tags(self, tags: Iterable[str]) -> tuple[Link, ...]:
        """The archives of *tags*."""
        return tuple(Link(title=tag, path=tag_path(tag)) for tag in tags)
