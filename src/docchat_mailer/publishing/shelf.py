"""The shelf: all that is published, looked at as readers meet it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from docchat_mailer.model.publication import (
    Kind,
    Promise,
    PromiseState,
    Publication,
    Revision,
    RevisionHead,
)
from docchat_mailer.model.series import SeriesFacts
from docchat_mailer.render.views import Entry, Link, PromiseView, SeriesView
from docchat_mailer.rules.naming import series_path
from docchat_mailer.store import (
    media as media_table,
    publications as publications_table,
    revisions as revisions_table,
    series_facts as series_table,
)
from docchat_mailer.store.database import Connection
from docchat_mailer.store.media import MediaRow


@dataclass(frozen=True)
class Shelf:
    """Publications with the heads of their current revisions, and what is known of their series."""

    publications: Sequence[Publication]
    heads: Mapping[int, RevisionHead]
    facts: Mapping[str, SeriesFacts]
    media: Sequence[MediaRow] = ()

    @classmethod
    def load(cls, c: Connection) -> Shelf:
        """Read everything but the bodies: a few statements, however much is published."""
        return cls._load(c, None)

    @classmethod
    def load_series(cls, c: Connection, slug: str) -> Shelf:
        """Read one series only."""
        return cls._load(c, slug)

    def load_again(self, c: Connection, slugs: Collection[str]) -> Shelf:
        """The shelf after something happened in the series *slugs* and nowhere else."""
        kept = [publication for publication in self.publications if publication.series not in slugs]
        heads = dict(self.heads)
        for slug in slugs:
            kept += publications_table.all_publications(c, slug)
            heads |= revisions_table.revision_heads(c, slug)
        kept.sort(key=lambda publication: (publication.published_at, publication.id))
        return Shelf(publications=kept, heads=heads, facts=self.facts, media=media_table.all_media(c))

    @classmethod
    def _load(cls, c: Connection, slug: str | None) -> Shelf:
        return cls(
            publications=publications_table.all_publications(c, slug),
            heads=revisions_table.revision_heads(c, slug),
            facts=series_table.all_series(c),
            media=media_table.all_media(c),
        )

    @cached_property
    def by_id(self) -> Mapping[int, Publication]:
        """Publications by their id."""
        return {publication.id: publication for publication in self.publications}

    @cached_property
    def releases(self) -> Mapping[str, Sequence[Publication]]:
        """The releases of each series, by part number."""
        found: defaultdict[str, list[Publication]] = defaultdict(list)
        for publication in self.publications:
            if publication.kind is Kind.RELEASE:
                found[publication.series].append(publication)
        return {slug: sorted(parts, key=lambda part: part.number) for slug, parts in found.items()}

    def link(self, publication: Publication) -> Link:
        """The way to the page of *publication*."""
        return Link(title=self.heads[publication.id].title, path=publication.path)

    def series_view(self, slug: str) -> SeriesView | None:
        """The series as its entries name it; None for a lone post."""
        facts = self.facts.get(slug)
        if facts is None or facts.lone:
            return None
        return SeriesView(
            slug=slug, title=facts.title, path=series_path(slug), total=facts.total, feeds=facts.feeds
        )

    def entry(self, publication: Publication, body: Revision | None = None) -> Entry:
        """*publication* as an entry, with its text where *body* is given, else with an empty one."""
        head = body if body is not None else self.heads[publication.id]
        siblings = self.releases.get(publication.series, ())
        return Entry(
            id=publication.entry_id,
            permalink=publication.permalink,
            kind=publication.kind,
            path=publication.path,
            title=head.title,
            bare_title=head.bare_title,
            html=body.html if body is not None else "",
            text=body.text if body is not None else "",
            summary=head.summary,
            language=head.language,
            author=head.author,
            tags=head.tags,
            picture=head.picture,
            enclosure=head.enclosure,
            published=publication.published_at,
            updated=publication.updated_at,
            series=self.series_view(publication.series),
            number=publication.number,
            earlier=tuple(self.link(part) for part in siblings if part.number < publication.number),
            later=tuple(
                self.link(part)
                for part in siblings
                if part.number > publication.number
                or (part.number == publication.number and part.id != publication.id)
            ),
            promises=tuple(self.promise_view(promise) for promise in publication.promises),
        )

    def promise_view(self, promise: Promise) -> PromiseView:
        """A promise as it was recorded: with its date, or with the link once it is kept."""
        keeper = self.by_id.get(promise.kept_by) if promise.kept_by is not None else None
        return PromiseView(
            topic=promise.topic,
            state=PromiseState.KEPT if keeper else PromiseState.OPEN,
            due=promise.due,
            link=self.link(keeper) if keeper else None,
        )
