"""What every format says of a feed as a whole, before its entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from docchat_mailer import __version__
from docchat_mailer.model.instants import whole_second
from docchat_mailer.model.site import Site
from docchat_mailer.render.feeds.addresses import ascii_url, feed_path, site_url
from docchat_mailer.render.feeds.characters import clean
from docchat_mailer.render.urls import root_of
from docchat_mailer.render.views import FeedDocument, FeedFormat

PROGRAM = "DocChat Mailer"
PROGRAM_URI = "https://docchat-mailer.example/"
PROGRAM_VERSION = __version__

FEED_CSS_PATH = "/feed.css"

_FORMAT_NAMES = {FeedFormat.RSS: "RSS", FeedFormat.ATOM: "Atom", FeedFormat.JSON: "JSON Feed"}


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLink:
    """A link of the feed itself (RFC 4287 section 4.2.7, RFC 5005 section 4, WebSub section 4)."""

    rel: str
    href: str
    type: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A feed document without its entries; *page* is the site page the feed belongs to."""

    id: str
    title: str
    subtitle: str
    language: str
    author: str
    rights: str
    icon: str
    hub: str
    page: str
    current: str
    older: str
    updated: datetime
    is_archive: bool
    stylesheet: str
    links: tuple[FeedLink, ...]


def head(site: Site, document: FeedDocument, format: FeedFormat) -> Head:  # noqa: A002 - its name
    """The head of *document* in *format*, its text cleaned and its addresses absolute."""
    feed, base = document.feed, ascii_url(site.base_url)
    path = feed_path(feed, format, document.archive)
    return Head(
        id=clean(feed.id),
        title=clean(feed.title),
        subtitle=clean(feed.subtitle),
        language=feed.language,
        author=clean(site.author),
        rights=clean(site.rights),
        icon=site_url(base, site.icon) if site.icon else "",
        hub=ascii_url(site.hub),
        page=ascii_url(base + feed.path),
        current=ascii_url(base + feed_path(feed, format)),
        older=_archive_url(base, document, format, document.previous),
        updated=whole_second(document.updated),
        is_archive=document.archive is not None,
        stylesheet=root_of(path) + FEED_CSS_PATH.lstrip("/"),
        links=_links(site, base, document, format),
    )


def _links(site: Site, base: str, document: FeedDocument, format: FeedFormat) -> tuple[FeedLink, ...]:  # noqa: A002
    feed, archive = document.feed, document.archive
    own = ascii_url(base + feed_path(feed, format, archive))
    links = [
        FeedLink(rel="self", href=own, type=format.media_type),
        FeedLink(rel="alternate", href=ascii_url(base + feed.path), type="text/html"),
    ]
    links += [
        FeedLink(
            rel="alternate",
            href=ascii_url(base + feed_path(feed, other, archive)),
            type=other.media_type,
            title=f"{clean(feed.title)} ({_FORMAT_NAMES[other]})",
        )
        for other in FeedFormat
        if other is not format
    ]
    if site.hub:
        links.append(FeedLink(rel="hub", href=ascii_url(site.hub)))
    return (*links, *_history(base, document, format))


def _history(base: str, document: FeedDocument, format: FeedFormat) -> tuple[FeedLink, ...]:  # noqa: A002
    """The archive links: never inside entries, and an archive also names the current document."""
    targets = {
        "current": ascii_url(base + feed_path(document.feed, format)) if document.archive else "",
        "prev-archive": _archive_url(base, document, format, document.previous),
        "next-archive": _archive_url(base, document, format, document.next),
    }
    return tuple(
        FeedLink(rel=rel, href=href, type=format.media_type) for rel, href in targets.items() if href
    )


def _archive_url(base: str, document: FeedDocument, format: FeedFormat, number: int | None) -> str:  # noqa: A002
    return "" if number is None else ascii_url(base + feed_path(document.feed, format, number))
