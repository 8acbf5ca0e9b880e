"""What templates and feeds are given: publications as readers meet them.

``publishing`` builds these from the store and the plan; rendering them asks nobody anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docchat_mailer.model.publication import Kind, Picture, PromiseState
from docchat_mailer.model.series import Enclosure


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A way to another page of the site: its *title* and its *path* below the base URL."""

    title: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseView:
    """A promise beside the publication that made it; *link* leads to the part that kept it."""

    topic: str
    state: PromiseState
    due: datetime | None = None
    link: Link | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesView:
    """The series an entry belongs to; *total* is M of "part N of M", None while unknown."""

    slug: str
    title: str
    path: str
    total: int | None
    feeds: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One publication at its current revision: an item in feeds, a page, the matter of a letter.

    *title* is the composed one.  *html* has its internal URLs under ``SITE_ROOT`` (see model.publication).
    *series* is None for a lone post.  *earlier* are all released parts before this one, in order, and
    *later* those after it.
    """

    id: str
    permalink: bool
    kind: Kind
    path: str
    title: str
    bare_title: str
    html: str
    text: str
    summary: str
    language: str
    author: str
    tags: tuple[str, ...]
    picture: Picture | None
    enclosure: Enclosure | None
    published: datetime
    updated: datetime
    series: SeriesView | None = None
    number: int = 1
    earlier: tuple[Link, ...] = ()
    later: tuple[Link, ...] = ()
    promises: tuple[PromiseView, ...] = ()

    @property
    def previous(self) -> Link | None:
        """The part before this one."""
        return self.earlier[-1] if self.earlier else None

    @property
    def next(self) -> Link | None:
        """The part after this one, once it is out."""
        return self.later[0] if self.later else None


class FeedFormat(StrEnum):
    """The three formats; the value is the file name of the current feed."""

    RSS = "feed.xml"
    ATOM = "atom.xml"
    JSON = "feed.json"

    @property
    def archive_suffix(self) -> str:
        """The ending of an archive document of this format."""
        return {FeedFormat.RSS: "xml", FeedFormat.ATOM: "atom", FeedFormat.JSON: "json"}[self]

    @property
    def media_type(self) -> str:
        """The media type without parameters."""
        return {
            FeedFormat.RSS: "application/rss+xml",
            FeedFormat.ATOM: "application/atom+xml",
            FeedFormat.JSON: "application/feed+json",
        }[self]


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """One feed of the site: the site's own, a series' or a tag's.

    *path* is the folder the feed files stand in (``/``, ``/s/x/``, ``/t/y/``), which is also the page the
    feed belongs to.  *id* is a ``tag:`` URI (RFC 4151), the same in the current feed and its archives.
    """

    id: str
    title: str
    subtitle: str
    path: str
    language: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedDocument:
    """One file's worth of a feed: the current entries (*archive* None) or one archive block (RFC 5005 s.4).

    *entries* come newest first.  *previous* and *next* are numbers of archive blocks, from 1 (the oldest);
    the current feed's *previous* is the newest block.  *updated* is the newest ``updated`` of the entries.
    """

    feed: Feed
    updated: datetime
    entries: tuple[Entry, ...]
    archive: int | None = None
    previous: int | None = None
    next: int | None = None


class Standing(StrEnum):
    """Where a part stands on the map of its series."""

    OUT = "out"
    DATED = "dated"  # comes on a date
    PROMISED = "promised"  # comes, nobody knows when
    LATE = "late"  # shown only where the site says so


@dataclass(frozen=True, kw_only=True, slots=True)
class MapItem:
    """One line of the part map of a series page: *path* is set once the part is out, *at* when dated."""

    number: int
    title: str
    summary: str
    standing: Standing
    path: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesPage:
    """The page of one series: its map, its promises, its feeds."""

    series: SeriesView
    summary: str
    language: str
    tags: tuple[str, ...]
    items: tuple[MapItem, ...]
    promises: tuple[PromiseView, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Teaser:
    """A publication in a list: without its body."""

    title: str
    path: str
    summary: str
    published: datetime
    language: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPage:
    """One page of a list: the home page, a tag archive, all posts.

    Page *number* counts from 1, the oldest; the newest page (number == *count*) lies at *path* itself and
    the others at ``{path}page/{number}/``, so that a new post changes one or two pages and not all.
    *entries* (whole posts) and *teasers* are newest first; a page has one or the other.
    """

    heading: str
    path: str
    number: int
    count: int
    entries: tuple[Entry, ...] = ()
    teasers: tuple[Teaser, ...] = ()
    series: tuple[Link, ...] = ()
    tags: tuple[Link, ...] = ()
    feed: Feed | None = None
