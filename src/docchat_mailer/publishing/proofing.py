"""A proof of one part: the exact letter, page or feed entry it is, or would be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from docchat_mailer.content.body import compose
from docchat_mailer.errors import UsageError
from docchat_mailer.model.instants import whole_second
from docchat_mailer.model.publication import Kind, PromiseState, Publication, Revision
from docchat_mailer.model.series import Part, Series
from docchat_mailer.publishing.composing import assembled
from docchat_mailer.publishing.deciding import find, next_number
from docchat_mailer.publishing.maps import series_page
from docchat_mailer.publishing.shelf import Shelf
from docchat_mailer.publishing.stepping import Desk, facts_of, promises_of
from docchat_mailer.render.letters import ComposedLetter
from docchat_mailer.render.views import (
    Entry,
    Feed,
    FeedDocument,
    FeedFormat,
    PromiseView,
    SeriesPage,
    SeriesView,
)
from docchat_mailer.rules.naming import feed_id, mint_entry_id, series_path
from docchat_mailer.store import publications, revisions


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """A part as readers would meet it; *published* says whether it is out already."""

    desk: Desk
    entry: Entry
    published: bool

    def letter(self, mark: str = "") -> ComposedLetter:
        """Its letter, with the same seed as the real one; *mark* goes before the subject."""
        entry = replace(self.entry, title=f"{mark}{self.entry.title}")
        return self.desk.press.letters.compose(entry, seed=self.entry.id.encode())

    def feed(self, form: FeedFormat) -> bytes:
        """A feed with this one entry."""
        document = FeedDocument(feed=self._feed("/"), updated=self.entry.updated, entries=(self.entry,))
        return self.desk.press.feeds.render(document, form)

    def page(self) -> bytes:
        """Its page, with the map of its series and the ways to its feeds."""
        view = self.entry.series
        paths = [view.path, "/"] if view is not None and view.feeds else ["/"]
        feeds = [self._feed(path) for path in paths]
        return self.desk.press.pages.part(self.entry, feeds, self._map())

    def _feed(self, path: str) -> Feed:
        """The feed at *path*: the site's own, or that of the part's series."""
        site, view = self.desk.press.site, self.entry.series
        title = site.title if view is None or path == "/" else view.title
        return Feed(
            id=feed_id(self.desk.authority, path),
            title=title,
            subtitle=site.subtitle or title,
            path=path,
            language=site.language,
        )

    def _map(self) -> SeriesPage | None:
        """The map of its series; None for a lone post, and for a series that was never seen by a run."""
        desk, view = self.desk, self.entry.series
        facts = desk.shelf.facts.get(view.slug) if view is not None else None
        if facts is None or facts.lone:
            return None
        written = next((series for series in desk.library.series if series.slug == facts.slug), None)
        return series_page(
            desk.press.site,
            desk.shelf,
            facts,
            series=written,
            history=desk.history(facts.slug),
            now=self.entry.published,
        )


def proof(desk: Desk, target: str, now: datetime) -> Proof:
    """The proof of ``SERIES/PART`` (or of the next part of ``SERIES``); changes nothing.

    Raises UsageError for what is not written, ContentError where it cannot be composed.
    """
    series, named = find(desk, target)
    number = named if named is not None else next_number(desk, series)
    shelf = desk.shelf
    with desk.press.db.read() as c:
        out = publications.find_publication(c, series.slug, number, Kind.RELEASE)
        if out is not None:
            revision = revisions.revisions_of(c, [out.id])[out.id]
            return Proof(desk=desk, entry=shelf.entry(out, revision), published=True)
    part = series.part(number)
    if part is None:
        raise UsageError(f"{series.slug}/{number} is not written", fix="name a part that is")
    path = desk.pages[part.source.path]
    body = compose(desk.press.posts, part, path, desk.pages)
    revision = assembled(desk.press.site, series, part, body=body, now=now).revision
    return Proof(desk=desk, entry=as_if_released(desk, shelf, series, part, revision), published=False)


def as_if_released(desk: Desk, shelf: Shelf, series: Series, part: Part, revision: Revision) -> Entry:
    """The entry that a release of *part* would be at the instant of its *revision*."""
    instant = whole_second(revision.at)
    release = Publication(
        id=0,
        series=series.slug,
        number=part.number,
        kind=Kind.RELEASE,
        slug=part.slug,
        entry_id=part.entry_id
        or mint_entry_id(desk.authority, series.slug, part.number, Kind.RELEASE, lambda _id: False),
        path=desk.pages[part.source.path],
        published_at=instant,
        updated_at=instant,
    )
    promised = tuple(
        PromiseView(topic=promise.topic, state=PromiseState.OPEN, due=promise.due)
        for promise in promises_of(desk, series, part, instant)
    )
    return replace(shelf.entry(release, revision), promises=promised, series=series_view(desk, series))


def series_view(desk: Desk, series: Series) -> SeriesView | None:
    """The series as the entries of its parts name it; None for a lone post."""
    if series.lone:
        return None
    facts = facts_of(desk.press, series)
    return SeriesView(
        slug=series.slug,
        title=facts.title,
        path=series_path(series.slug),
        total=facts.total,
        feeds=facts.feeds,
    )
