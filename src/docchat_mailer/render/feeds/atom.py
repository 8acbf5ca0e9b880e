"""Atom (RFC 4287) through feedgen, with extensions for what feedgen leaves out or gets wrong."""

from __future__ import annotations

from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from docchat_mailer.render.feeds.heads import PROGRAM, PROGRAM_URI, PROGRAM_VERSION, Head
from docchat_mailer.render.feeds.items import Item
from docchat_mailer.render.feeds.splicing import HISTORY, MEDIA, XML_LANG, fragment, stylesheet, thumbnail

CLOSING = b"</feed>"
NAMESPACES = {"fh": HISTORY, "media": MEDIA}


class AtomFeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """What feedgen cannot say of an Atom feed.  Names are bare: its tree has no namespace in memory."""

    head: Head

    def extend_ns(self) -> dict[str, str]:
        """The prefixes that the feed and its fragments use."""
        return dict(NAMESPACES)

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Add the links with all their attributes, the title's type, the archive mark and the stylesheet."""
        _type_title(feed, self.head.title)
        for link in self.head.links:
            _link(feed, rel=link.rel, href=link.href, type=link.type, title=link.title)
        if self.head.is_archive:
            etree.SubElement(feed, f"{{{HISTORY}}}archive")
        stylesheet(feed, self.head.stylesheet)
        return feed


class AtomEntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen is untyped
    """What feedgen cannot say of an Atom entry."""

    item: Item

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Write the links anew, for feedgen loses their attributes; add type, language and thumbnail."""
        item = self.item
        _type_title(entry, item.title)
        for link in entry.findall("link"):
            entry.remove(link)
        _link(entry, rel="alternate", href=item.url, type="text/html")
        if item.enclosure:
            length = str(item.enclosure.length)
            _link(entry, rel="enclosure", href=item.enclosure.url, type=item.enclosure.type, length=length)
        if item.picture:
            thumbnail(entry, item.picture.url, item.picture.width, item.picture.height)
        if item.language:
            entry.set(XML_LANG, item.language)
        return entry


def atom_head(head: Head) -> bytes:
    """The feed without entries."""
    feed = FeedGenerator()
    feed.register_extension("docchat", AtomFeedExtension, AtomEntryExtension, rss=False)
    feed.docchat.head = head
    feed.id(head.id)
    feed.title(head.title)
    feed.updated(head.updated)
    feed.author({"name": head.author})
    feed.language(head.language)
    feed.generator(PROGRAM, version=PROGRAM_VERSION, uri=PROGRAM_URI)
    if head.subtitle:
        feed.subtitle(head.subtitle)
    if head.icon:
        feed.icon(head.icon)
    if head.rights:
        feed.rights(head.rights)
    made: bytes = feed.atom_str()
    return made


def atom_fragment(item: Item) -> bytes:
    """One ``<entry>``."""
    entry: Any = FeedEntry()
    entry.register_extension("docchat", AtomEntryExtension, rss=False)
    entry.docchat.item = item
    entry.id(item.id)
    entry.title(item.title)
    entry.updated(item.updated)
    entry.published(item.published)
    entry.author({"name": item.author})
    entry.link(href=item.url)
    # In this order: each of the three overwrites what an earlier one said of the other format.
    entry.description(escape(item.summary, quote=False))
    entry.content(item.html, type="html")
    entry.summary(item.summary)
    for category in item.categories:
        entry.category(term=category.term, scheme=category.scheme, label=category.label)
    return fragment(entry.atom_entry(), NAMESPACES)


def _type_title(parent: etree._Element, title: str) -> None:
    """A title with ``<`` or ``&`` is HTML: some readers take an untyped one for it anyway."""
    element = parent.find("title")
    if element is not None and ("<" in title or "&" in title):
        element.set("type", "html")
        element.text = escape(title, quote=False)


def _link(parent: etree._Element, **attributes: str) -> None:
    etree.SubElement(parent, "link", {name: value for name, value in attributes.items() if value})
