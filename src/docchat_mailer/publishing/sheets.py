"""The sheets of a build: every file of the site, with a digest of what it is made from and how to make it.

The digests are computed without a single body, so a build in which nothing changed reads none.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from docchat_mailer.model.publication import Kind, Publication, Revision
from docchat_mailer.model.slugs import slugify
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.shelf import Shelf
from docchat_mailer.render.feeds import FEED_CSS_PATH, feed_css, feed_path, render_opml
from docchat_mailer.render.hosting import (
    HEADERS_PATH,
    HTACCESS_PATH,
    REDIRECTS_PATH,
    feed_moves,
    headers_file,
    htaccess_file,
    page_moves,
    redirects_file,
)
from docchat_mailer.render.site import STYLESHEET_PATH, robots, sitemap
from docchat_mailer.render.views import (
    Entry,
    Feed,
    FeedDocument,
    FeedFormat,
    Link,
    ListPage,
    SeriesPage,
    Teaser,
)
from docchat_mailer.rules.naming import feed_id, series_path, tag_path

TEASERS = 20
"""Posts on a page of the home list; its newest page holds up to twice as many but one."""

WHOLE_POSTS = 10
"""Whole posts on a page of a tag archive, likewise."""

SITEMAP = "/sitemap.xml"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its path below the site's root, a digest of its inputs, and how to make its bytes."""

    path: str
    inputs: str
    make: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class _Cutting:
    """A feed document before its bodies are read: block *archive* of *blocks*, or the current one."""

    feed: Feed
    archive: int | None
    members: Sequence[Publication]
    blocks: int

    @property
    def previous(self) -> int | None:
        """The block of older entries."""
        return (self.blocks or None) if self.archive is None else (self.archive - 1 or None)

    @property
    def next(self) -> int | None:
        """The block of newer entries; the newest block has none."""
        return self.archive + 1 if self.archive is not None and self.archive < self.blocks else None

    @property
    def reach(self) -> datetime:
        """The instant of its newest entry."""
        return self.members[0].published_at if self.members else EPOCH


@dataclass(frozen=True)
class Layout:
    """The whole site as sheets, from what is on the *shelf* and the maps of its series.

    *bodies* reads full revisions by publication id; it is called only by a sheet that is being made.
    """

    press: Press
    authority: str
    shelf: Shelf
    maps: Mapping[str, SeriesPage]
    bodies: Callable[[Sequence[int]], Mapping[int, Revision]]
    _at_hand: dict[str, Any] = field(default_factory=dict)

    def sheets(self) -> Iterator[Sheet]:
        """Every file of the site."""
        yield from self._parts()
        yield from self._series_pages()
        yield from self._lists()
        yield from self._feeds()
        yield from self._furniture()

    # -- what everything is made from ------------------------------------------------------------------

    @cached_property
    def _site_digest(self) -> str:
        """What every sheet depends on: the site's settings, the templates and the program."""
        site = self.press.site
        plain = {name: str(getattr(site, name)) for name in site.__dataclass_fields__}
        return _digest(self.press.rendering, self.authority, plain)

    @cached_property
    def _entries(self) -> Mapping[int, Entry]:
        """Every publication without its body."""
        return {p.id: self.shelf.entry(p) for p in self.shelf.publications}

    @cached_property
    def _marks(self) -> Mapping[int, str]:
        """A digest of everything an entry shows, its body included."""
        heads = self.shelf.heads
        return {
            id_: _digest(entry, heads[id_].content_hash, self._site_digest)
            for id_, entry in self._entries.items()
        }

    @cached_property
    def _newest_first(self) -> Sequence[Publication]:
        return sorted(self.shelf.publications, key=lambda p: (p.published_at, p.id), reverse=True)

    @cached_property
    def _releases(self) -> Sequence[Publication]:
        return [p for p in self._newest_first if p.kind is Kind.RELEASE]

    @cached_property
    def _by_tag(self) -> Mapping[str, tuple[str, Sequence[Publication]]]:
        """Tag slug to the tag's name, as first written, and its publications, newest first."""
        names: dict[str, str] = {}
        found: defaultdict[str, list[Publication]] = defaultdict(list)
        for publication in reversed(self._newest_first):
            for tag in self.shelf.heads[publication.id].tags:
                slug = slugify(tag)
                names.setdefault(slug, tag)
                if not found[slug] or found[slug][-1] is not publication:
                    found[slug].append(publication)
        return {slug: (names[slug], found[slug][::-1]) for slug in sorted(found)}

    def _full(self, publications: Sequence[Publication]) -> tuple[Entry, ...]:
        bodies = self.bodies([p.id for p in publications])
        return tuple(self.shelf.entry(p, bodies[p.id]) for p in publications)

    # -- pages -----------------------------------------------------------------------------------------

    def _parts(self) -> Iterator[Sheet]:
        for publication in self.shelf.publications:
            page = self.maps.get(publication.series)
            yield Sheet(
                f"{publication.path}index.html",
                _digest(self._marks[publication.id], page),
                lambda publication=publication, page=page: self.press.pages.part(  # type: ignore[misc]
                    self._full([publication])[0], self._feeds_of(publication), page
                ),
            )

    def _feeds_of(self, publication: Publication) -> list[Feed]:
        """The feeds a part is in: its series' first, then the site's, then its tags'."""
        view = self.shelf.series_view(publication.series)
        own = [self._series_feeds[view.slug]] if view and view.slug in self._series_feeds else []
        tags = [self._tag_feeds[slugify(tag)] for tag in self.shelf.heads[publication.id].tags]
        return [*own, self._site_feed, *dict.fromkeys(tags)]

    def _series_pages(self) -> Iterator[Sheet]:
        for slug, page in self.maps.items():
            feeds = [self._series_feeds[slug]] if slug in self._series_feeds else []
            yield Sheet(
                f"{page.series.path}index.html",
                _digest(page, self._site_digest),
                lambda page=page, feeds=feeds: self.press.pages.series(  # type: ignore[misc]
                    page, [*feeds, self._site_feed]
                ),
            )

    def _lists(self) -> Iterator[Sheet]:
        yield from self._list("/", self.press.site.title, self._site_feed, self._releases, whole=False)
        for slug, (name, members) in self._by_tag.items():
            heading = self.press.site.tag_title.format(tag=name)
            releases = [p for p in members if p.kind is Kind.RELEASE]
            if releases:
                feed = self._tag_feeds[slug]
                yield from self._list(feed.path, heading, feed, releases, whole=True)

    def _list(
        self, path: str, heading: str, feed: Feed, members: Sequence[Publication], *, whole: bool
    ) -> Iterator[Sheet]:
        pages = paged(members, WHOLE_POSTS if whole else TEASERS)
        for number, posts in enumerate(pages, 1):
            newest = number == len(pages)
            links = self._series_links if newest and path == "/" else ()
            inputs = _digest(
                heading, number, len(pages), links, self._site_digest, [self._marks[p.id] for p in posts]
            )

            def make(
                number: int = number, posts: Sequence[Publication] = posts, links: tuple[Link, ...] = links
            ) -> bytes:
                page = ListPage(
                    heading=heading,
                    path=path,
                    number=number,
                    count=len(pages),
                    entries=self._full(posts) if whole else (),
                    teasers=() if whole else tuple(self._teaser(p) for p in posts),
                    series=links,
                    feed=feed,
                )
                feeds = [feed] if feed is self._site_feed else [feed, self._site_feed]
                return self.press.pages.list(page, feeds)

            yield Sheet(f"{path}index.html" if newest else f"{path}page/{number}/index.html", inputs, make)

    def _teaser(self, publication: Publication) -> Teaser:
        head = self.shelf.heads[publication.id]
        return Teaser(
            title=head.title,
            path=publication.path,
            summary=head.summary,
            published=publication.published_at,
            language=head.language,
            tags=head.tags,
        )

    @cached_property
    def _series_links(self) -> tuple[Link, ...]:
        return tuple(Link(title=page.series.title, path=page.series.path) for page in self.maps.values())

    # -- feeds -----------------------------------------------------------------------------------------

    @cached_property
    def _site_feed(self) -> Feed:
        site = self.press.site
        return self._named_feed(site.title, site.subtitle or site.title, "/", site.language)

    @cached_property
    def _series_feeds(self) -> Mapping[str, Feed]:
        return {
            slug: self._named_feed(page.series.title, page.summary, series_path(slug), page.language)
            for slug, page in self.maps.items()
            if page.series.feeds
        }

    @cached_property
    def _tag_feeds(self) -> Mapping[str, Feed]:
        site = self.press.site
        return {
            slug: self._named_feed(
                f"{site.title}: {name}", site.tag_title.format(tag=name), tag_path(name), site.language
            )
            for slug, (name, _) in self._by_tag.items()
        }

    def _named_feed(self, title: str, subtitle: str, path: str, language: str) -> Feed:
        return Feed(
            id=feed_id(self.authority, path), title=title, subtitle=subtitle, path=path, language=language
        )

    @cached_property
    def _feed_members(self) -> Sequence[tuple[Feed, Sequence[Publication]]]:
        """Every feed with its publications, newest first."""
        of_series: defaultdict[str, list[Publication]] = defaultdict(list)
        for publication in self._newest_first:
            of_series[publication.series].append(publication)
        return [
            (self._site_feed, self._newest_first),
            *((feed, of_series[slug]) for slug, feed in self._series_feeds.items()),
            *((self._tag_feeds[slug], members) for slug, (_, members) in self._by_tag.items()),
        ]

    def _feeds(self) -> Iterator[Sheet]:
        """Every document of every feed, the oldest entries first.

        An entry stands in the site's, its series' and its tags' feeds; in this order the feeds come to it
        at about the same time, so that it is rendered once.
        """
        documents = [
            document for feed, members in self._feed_members for document in self._cut(feed, members)
        ]
        documents.sort(key=lambda document: document.reach)
        for document in documents:
            yield from self._document(document)

    def _cut(self, feed: Feed, members: Sequence[Publication]) -> Iterator[_Cutting]:
        site = self.press.site
        blocks = archived(members, site.archive_block) if len(members) > site.feed_entries else []
        yield _Cutting(feed, None, members[: site.feed_entries], len(blocks))
        for number, block in enumerate(blocks, 1):
            yield _Cutting(feed, number, block, len(blocks))

    def _document(self, cut: _Cutting) -> Iterator[Sheet]:
        marks = [self._marks[p.id] for p in cut.members]
        inputs = _digest(cut.feed, cut.archive, cut.previous, cut.next, self._site_digest, marks)
        for form in FeedFormat:
            yield Sheet(
                feed_path(cut.feed, form, cut.archive),
                inputs,
                lambda form=form: self.press.feeds.render(self._printed(cut), form),  # type: ignore[misc]
            )

    def _printed(self, cut: _Cutting) -> FeedDocument:
        """The document of *cut* with its bodies; its three formats come one after the other and share it."""
        if self._at_hand.get("cut") is not cut:
            document = FeedDocument(
                feed=cut.feed,
                updated=max((p.updated_at for p in cut.members), default=EPOCH),
                entries=self._full(cut.members),
                archive=cut.archive,
                previous=cut.previous,
                next=cut.next,
            )
            self._at_hand.update(cut=cut, document=document)
        found: FeedDocument = self._at_hand["document"]
        return found

    # -- the rest --------------------------------------------------------------------------------------

    def _furniture(self) -> Iterator[Sheet]:
        feeds = [feed for feed, _ in self._feed_members]
        every_feed = _digest(feeds, self._site_digest)
        site = self.press.site
        yield Sheet("/feeds/index.html", every_feed, lambda: self.press.pages.feeds(feeds))
        yield Sheet("/feeds/feeds.opml", every_feed, lambda: render_opml(site, feeds))
        yield Sheet(HEADERS_PATH, self._site_digest, headers_file)
        moved = [*feed_moves(site), *page_moves(site, ((p.path, p.aliases) for p in self.shelf.publications))]
        rules = _digest(moved, self._site_digest)
        yield Sheet(HTACCESS_PATH, rules, lambda: htaccess_file(moved))
        if moved:
            yield Sheet(REDIRECTS_PATH, rules, lambda: redirects_file(moved))
        yield Sheet("/404.html", self._site_digest, self.press.pages.not_found)
        yield Sheet("/robots.txt", self._site_digest, lambda: robots(site))
        yield Sheet(STYLESHEET_PATH, self._site_digest, self.press.pages.stylesheet)
        yield Sheet(FEED_CSS_PATH, self._site_digest, feed_css)
        yield from self._sitemaps()
        yield from self._media()

    def _sitemaps(self) -> Iterator[Sheet]:
        pages: list[tuple[str, datetime | None]] = [("/", None), ("/feeds/", None)]
        pages += [(p.path, p.updated_at) for p in self.shelf.publications]
        pages += [(page.series.path, None) for page in self.maps.values()]
        pages += [(self._tag_feeds[slug].path, None) for slug in self._by_tag]
        inputs = _digest(pages, self._site_digest)
        for path, content in sitemap(self.press.site, pages):
            yield Sheet(path, inputs, lambda content=content: content)  # type: ignore[misc]

    def _media(self) -> Iterator[Sheet]:
        """Images stand under their digest, so one that is there is the right one."""
        for medium in self.shelf.media:
            kept = self.press.media / medium.digest
            yield Sheet(medium.path, medium.digest, kept.read_bytes)


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
"""The ``updated`` of a feed without entries: RFC 4287 section 4.1.1 wants one, and it must not move."""


def paged(newest_first: Sequence[Publication], size: int) -> list[Sequence[Publication]]:
    """Pages, the oldest first, each newest first inside; all but the newest are full and never change.

    The newest page also holds what does not fill a page yet, so it is never nearly empty.
    """
    count = max(1, len(newest_first) // size)
    newest = len(newest_first) - (count - 1) * size
    older = [newest_first[end - size : end] for end in range(len(newest_first), newest, -size)]
    return [*older, newest_first[:newest]]


def archived(newest_first: Sequence[Publication], size: int) -> list[Sequence[Publication]]:
    """Blocks of *size*, filled oldest first (RFC 5005 section 4); only the newest may be part full."""
    total = len(newest_first)
    return [newest_first[max(0, total - start - size) : total - start] for start in range(0, total, size)]


def _digest(*inputs: object) -> str:
    return hashlib.blake2b(msgspec.msgpack.encode(inputs, order="sorted"), digest_size=16).hexdigest()
