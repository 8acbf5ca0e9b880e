"""RSS 2.0 through feedgen, with extensions for what feedgen leaves out or gets wrong."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from docchat_mailer.render.feeds.heads import PROGRAM, PROGRAM_URI, PROGRAM_VERSION, FeedLink, Head
from docchat_mailer.render.feeds.items import Item
from docchat_mailer.render.feeds.splicing import (
    ATOM,
    CONTENT,
    DUBLIN_CORE,
    HISTORY,
    MEDIA,
    XML_LANG,
    fragment,
    marked,
    stylesheet,
    thumbnail,
    with_references,
)

CLOSING = b"</channel></rss>"
NAMESPACES = {"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE, "fh": HISTORY, "media": MEDIA}
DOCS = "https://www.rssboard.org/rss-specification"
TTL = 60  # minutes; readers wait at least so long, and a follow-up part must not wait much longer


class RssFeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """What feedgen cannot say of an RSS channel."""

    head: Head

    def extend_ns(self) -> dict[str, str]:
        """The prefixes that the channel and its fragments use."""
        return dict(NAMESPACES)

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Set the site link, which feedgen takes from the last link of any kind, and add the Atom links."""
        channel = rss[0]
        self._correct(channel)
        for element in channel.findall(f"{{{ATOM}}}link"):
            channel.remove(element)
        for link in self.head.links:
            _atom_link(channel, link)
        if self.head.is_archive:
            etree.SubElement(channel, f"{{{HISTORY}}}archive")
        stylesheet(rss, self.head.stylesheet)
        return rss

    def _correct(self, channel: etree._Element) -> None:
        texts = {
            "title": marked(self.head.title),
            "link": self.head.page,
            "docs": DOCS,
            "generator": f"{PROGRAM} {PROGRAM_VERSION} ({PROGRAM_URI})",
            "lastBuildDate": format_datetime(self.head.updated),
            "image/title": marked(self.head.title),
            "image/link": self.head.page,
        }
        for path, text in texts.items():
            element = channel.find(path)
            if element is not None:
                element.text = text


class RssEntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen is untyped
    """What feedgen cannot say of an RSS item."""

    item: Item

    def extend_rss(self, entry: etree._Element) -> etree._Element:
        """Add the author without an address, the dates, the thumbnail and the language."""
        item = self.item
        # feedgen's own pubDate calls setlocale, which no two threads may do, for each entry.
        etree.SubElement(entry, "pubDate").text = format_datetime(item.published)
        if item.author:
            etree.SubElement(entry, f"{{{DUBLIN_CORE}}}creator").text = item.author
        etree.SubElement(entry, f"{{{ATOM}}}updated").text = item.updated.isoformat()
        if item.picture:
            thumbnail(entry, item.picture.url, item.picture.width, item.picture.height)
        if item.language:
            entry.set(XML_LANG, item.language)
        return entry


def rss_head(head: Head) -> bytes:
    """The feed without items."""
    feed = FeedGenerator()
    feed.register_extension("docchat", RssFeedExtension, RssEntryExtension, atom=False)
    feed.docchat.head = head
    feed.title(head.title)
    feed.link(href=head.page)
    feed.description(escape(head.subtitle or head.title, quote=False))
    feed.language(head.language)
    feed.lastBuildDate(head.updated)
    feed.generator(PROGRAM)
    feed.docs(DOCS)
    feed.ttl(TTL)
    if head.icon:
        feed.image(url=head.icon, title=head.title, link=head.page)
    if head.rights:
        feed.rights(head.rights)
    return with_references(feed.rss_str())


def rss_fragment(item: Item) -> bytes:
    """One ``<item>``."""
    entry: Any = FeedEntry()
    entry.register_extension("docchat", RssEntryExtension, atom=False)
    entry.docchat.item = item
    entry.title(marked(item.title))
    entry.guid(item.id, permalink=item.permalink)
    entry.link(href=item.url)
    # In this order: each of the three overwrites what an earlier one said of the other format.
    entry.description(escape(item.summary, quote=False))
    entry.content(item.html, type="html")
    for category in item.categories:
        entry.category(term=category.term, scheme=category.scheme, label=category.label)
    if item.enclosure:
        entry.enclosure(item.enclosure.url, str(item.enclosure.length), item.enclosure.type)
    return fragment(entry.rss_entry(), NAMESPACES)


def _atom_link(channel: etree._Element, link: FeedLink) -> None:
    facts = {"rel": link.rel, "href": link.href, "type": link.type, "title": link.title}
    etree.SubElement(channel, f"{{{ATOM}}}link", {name: value for name, value in facts.items() if value})
