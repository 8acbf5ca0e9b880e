"""Feed documents: the head of a format, and the fragments of its entries spliced in."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment

from docchat_mailer.model.site import Site
from docchat_mailer.render.entries import EntryWriter
from docchat_mailer.render.feeds import atom, json_feed, rss
from docchat_mailer.render.feeds.addresses import ascii_url
from docchat_mailer.render.feeds.fragments import FragmentCache, digest
from docchat_mailer.render.feeds.heads import Head, head
from docchat_mailer.render.feeds.items import Item, item
from docchat_mailer.render.feeds.splicing import spliced
from docchat_mailer.render.views import Entry, FeedDocument, FeedFormat

CACHE_SIZE = 16 * 1024 * 1024
"""Bytes of fragments kept between documents."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scribe:
    """How one format is written."""

    head: Callable[[Head], bytes]
    fragment: Callable[[Item], bytes]
    closing: bytes


_SCRIBES = {
    FeedFormat.RSS: _Scribe(head=rss.rss_head, fragment=rss.rss_fragment, closing=rss.CLOSING),
    FeedFormat.ATOM: _Scribe(head=atom.atom_head, fragment=atom.atom_fragment, closing=atom.CLOSING),
    FeedFormat.JSON: _Scribe(
        head=json_feed.json_head, fragment=json_feed.json_fragment, closing=json_feed.CLOSING
    ),
}


class _Ready:
    """An entry about to be written: the key of its fragments, and its item, made when first asked for."""

    def __init__(self, entry: Entry, language: str, make: Callable[[], Item]) -> None:
        self.key = (entry.id, entry.language != language, digest(entry))
        self._make = make

    @functools.cached_property
    def item(self) -> Item:
        """The entry for every format."""
        return self._make()

    def written(self, fragment: Callable[[Item], bytes]) -> bytes:
        """The entry as *fragment* writes it."""
        return fragment(self.item)


class FeedRenderer:
    """Renders feed documents of one site; use it from one thread, for feedgen's dates set the locale.

    An entry is rendered once a format and kept for the other feeds that hold it, up to *cache_size* bytes.
    """

    def __init__(self, environment: Environment, site: Site, cache_size: int = CACHE_SIZE) -> None:
        self._site, self._base = site, ascii_url(site.base_url)
        self._writer = EntryWriter(environment, site)
        self._fragments = FragmentCache(cache_size)
        # The formats of one document are asked for one after another: its items serve them all.
        self._ready_for: FeedDocument | None = None
        self._ready: tuple[_Ready, ...] = ()

    def render(self, document: FeedDocument, format: FeedFormat) -> bytes:  # noqa: A002 - its name
        """The bytes of *document* in *format*: a function of its arguments and nothing else."""
        if document is not self._ready_for:
            self._ready = tuple(self._made_ready(entry, document.feed.language) for entry in document.entries)
            self._ready_for = document
        scribe = _SCRIBES[format]
        parts = [
            self._fragments.fetch((*ready.key, format), functools.partial(ready.written, scribe.fragment))
            for ready in self._ready
        ]
        if format is FeedFormat.JSON and parts:
            parts = [b",\n".join(parts)]
        return spliced(scribe.head(head(self._site, document, format)), scribe.closing, parts)

    def _made_ready(self, entry: Entry, language: str) -> _Ready:
        return _Ready(entry, language, lambda: item(self._writer, self._base, entry, language))


def render_feed(environment: Environment, site: Site, document: FeedDocument, format: FeedFormat) -> bytes:  # noqa: A002
    """The bytes of a single *document*; for many, a :class:`FeedRenderer` remembers the entries."""
    return FeedRenderer(environment, site).render(document, format)


def feed_css() -> bytes:
    """The stylesheet that makes the XML feeds readable in a browser."""
    return (Path(__file__).parent / "feed.css").read_bytes()
