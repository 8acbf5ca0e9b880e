"""Reads a feed of ours, in any of the three formats, as plain entries that can be judged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
HISTORY = frozenset({"current", "prev-archive", "next-archive"})
"""Links between the documents of a feed (RFC 5005 section 4)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attached:
    """An enclosure as written."""

    url: str
    length: str
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An entry as a reader's program finds it."""

    id: str
    title: str
    link: str
    html: str
    published: datetime | None
    updated: datetime | None
    updated_text: str = ""
    is_permalink: bool = False
    enclosures: tuple[Attached, ...] = ()
    authors_said: int = 0
    content_first: bool = False
    history_link: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A feed: the address it names as its own, what its image does not share with it, its entries."""

    self_address: str
    items: tuple[Item, ...]
    image_faults: tuple[str, ...] = ()


def read_feed(document: bytes) -> Document:
    """The entries of *document*; raises ValueError for what is neither XML nor JSON."""
    if document.lstrip().startswith(b"{"):
        return _json_feed(json.loads(document))
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as exc:
        raise ValueError(f"the feed is not XML: {exc}") from exc
    return _rss(root) if root.tag == "rss" else _atom(root)


def _json_feed(feed: dict[str, Any]) -> Document:
    items = (
        Item(
            id=str(item.get("id", "")),
            title=str(item.get("title", "")),
            link=str(item.get("url", "")),
            html=str(item.get("content_html", "")),
            published=_instant(item.get("date_published")),
            updated=_instant(item.get("date_modified")),
            updated_text=str(item.get("date_modified", "")),
            enclosures=tuple(
                Attached(
                    url=a.get("url", ""), length=str(a.get("size_in_bytes", "")), type=a.get("mime_type", "")
                )
                for a in item.get("attachments", ())
            ),
        )
        for item in feed.get("items", ())
    )
    return Document(self_address=str(feed.get("feed_url", "")), items=tuple(items))


def _atom(root: etree._Element) -> Document:
    own = [link.get("href", "") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    return Document(
        self_address=own[0] if own else "", items=tuple(map(_entry, root.findall(f"{ATOM}entry")))
    )


def _entry(entry: etree._Element) -> Item:
    links = entry.findall(f"{ATOM}link")
    pages = [link.get("href", "") for link in links if link.get("rel", "alternate") == "alternate"]
    return Item(
        id=_text(entry, f"{ATOM}id"),
        title=_text(entry, f"{ATOM}title"),
        link=pages[0] if pages else "",
        html=_text(entry, f"{ATOM}content"),
        published=_instant(entry.findtext(f"{ATOM}published")),
        updated=_instant(entry.findtext(f"{ATOM}updated")),
        updated_text=_text(entry, f"{ATOM}updated"),
        enclosures=tuple(_attached(link, "href") for link in links if link.get("rel") == "enclosure"),
        history_link=_history(links),
    )


def _rss(root: etree._Element) -> Document:
    channel = root.find("channel")
    if channel is None:
        return Document(self_address="", items=())
    own = [link.get("href", "") for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    image = channel.find("image")
    differs = (
        () if image is None else tuple(n for n in ("title", "link") if _text(image, n) != _text(channel, n))
    )
    items = tuple(map(_item, channel.findall("item")))
    return Document(self_address=own[0] if own else "", items=items, image_faults=differs)


def _item(item: etree._Element) -> Item:
    order = [child.tag for child in item]
    guid = item.find("guid")
    links = item.findall(f"{ATOM}link")
    return Item(
        id=_text(item, "guid"),
        title=_text(item, "title"),
        link=_text(item, "link"),
        html=_text(item, CONTENT),
        published=_instant(item.findtext("pubDate")),
        updated=_instant(item.findtext(f"{ATOM}updated")),
        updated_text=_text(item, f"{ATOM}updated"),
        is_permalink=guid is not None and guid.get("isPermaLink", "true") == "true",
        enclosures=tuple(_attached(enclosure, "url") for enclosure in item.findall("enclosure")),
        authors_said=("author" in order) + (CREATOR in order),
        content_first=_before(order, CONTENT, "description"),
        history_link=_history(links),
    )


def _before(order: list[Any], first: str, second: str) -> bool:
    return first in order and second in order and order.index(first) < order.index(second)


def _attached(element: etree._Element, address: str) -> Attached:
    return Attached(
        url=element.get(address, ""), length=element.get("length", ""), type=element.get("type", "")
    )


def _history(links: list[etree._Element]) -> str:
    return next((link.get("rel", "") for link in links if link.get("rel") in HISTORY), "")


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(name) or ""


def _instant(text: str | None) -> datetime | None:
    """An instant of RFC 3339 or RFC 5322, or None where there is none that can be read."""
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
