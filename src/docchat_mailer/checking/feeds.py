"""What a validator would say of a feed document, in RSS, Atom or JSON, by rules of our own.

Two readers turn a document into plain entries; the rules look at those, so each stands once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from lxml import html as lxml_html

from docchat_mailer.checking.feed_reading import Document, Item, read_feed
from docchat_mailer.checking.sheets import declarations

MAX_FEED = 512 * 1024
"""Bytes of a current feed above which it is called large."""

EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00")
"""Before this instant there was no web."""

AHEAD = timedelta(days=5 * 366)
"""Nobody plans further."""

ADDRESSES = ("href", "src", "poster", "cite", "action", "data", "srcset")
HARMFUL = frozenset(
    {
        "script",
        "iframe",
        "object",
        "embed",
        "applet",
        "form",
        "input",
        "button",
        "frame",
        "frameset",
        "noscript",
    }
)
WHOLE_PAGE = frozenset({"html", "head", "body", "meta", "title", "base", "link", "style"})
SIMPLE_STYLES = frozenset(
    {
        "background-color", "border-color", "color", "direction", "font-family", "font-size", "font-style",
        "font-variant", "font-weight", "letter-spacing", "line-height", "text-align", "text-decoration",
        "text-indent", "unicode-bidi", "vertical-align", "white-space",
    }
)  # fmt: skip
"""Properties that readers' programs let through."""

_TAG = re.compile(r"<\s*/?\s*([a-zA-Z]+)")
_MARKUP_TITLE = re.compile(r"</?[a-zA-Z][^<>]*>")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_PLAIN_ADDRESS = re.compile(r"[!-~]+")

Fault = tuple[str, str]
"""A code and what is wrong."""


def feed_faults(document: bytes, address: str, now: datetime) -> list[Fault]:
    """Everything wrong with *document*, which is served at *address*; each thing once.

    Raises ValueError for what is neither XML nor JSON.
    """
    feed = read_feed(document)
    faults = [*_of_document(feed, len(document), address)]
    for item in feed.items:
        faults += [fault for rule in RULES for fault in rule(item, now)]
    return list(dict.fromkeys(faults))


def _of_document(feed: Document, size: int, address: str) -> Iterator[Fault]:
    if feed.self_address != address:
        shown = feed.self_address or "nothing"
        yield "C511", f"the feed at {address} names {shown} as its address"
    if feed.image_faults:
        yield "C512", f"the channel's image has another {' and '.join(feed.image_faults)}"
    if size > MAX_FEED:
        yield "C518", f"the feed has {size // 1024} KB"
    yield from _twice("C510", "have the id", [item.id for item in feed.items])
    yield from _twice("C509", "were updated at", [item.updated_text for item in feed.items])


def _twice(code: str, verb: str, values: Sequence[str]) -> Iterator[Fault]:
    """A fault for each of *values* that more than one entry has."""
    for value, count in Counter(filter(None, values)).items():
        if count > 1:
            yield code, f"{count} entries {verb} {value!r}"


def _identity(item: Item, _now: datetime) -> Iterator[Fault]:
    if not item.id or not _SCHEME.match(item.id) or re.search(r"\s", item.id):
        yield "C506", f"the entry id {item.id!r} is no URI"
    elif item.is_permalink and not item.id.startswith(("http://", "https://")):
        yield "C506", f"the entry id {item.id!r} is called a permalink"
    if not item.title.strip() or not item.link:
        yield "C519", f"the entry {item.id!r} lacks a {'link' if item.title.strip() else 'title'}"
    if _MARKUP_TITLE.search(item.title):
        yield "C505", f"the title {item.title!r} looks like markup"


def _dates(item: Item, now: datetime) -> Iterator[Fault]:
    for name, instant in (("published", item.published), ("updated", item.updated)):
        if instant is not None and not EARLIEST <= instant <= now + AHEAD:
            yield "C507", f"the entry is {name} {instant:%Y-%m-%d}"
    if item.published and item.updated and item.updated < item.published:
        yield "C508", f"the entry is updated {item.updated:%Y-%m-%d} and published {item.published:%Y-%m-%d}"


def _shape(item: Item, _now: datetime) -> Iterator[Fault]:
    for enclosure in item.enclosures:
        if not enclosure.url.startswith(("http://", "https://")) or "/" not in enclosure.type:
            yield "C513", f"the enclosure {enclosure.url!r} has the type {enclosure.type!r}"
        elif not enclosure.length.isdigit():
            yield "C513", f"the enclosure {enclosure.url!r} has the length {enclosure.length!r}"
    if len(item.enclosures) > 1:
        yield "C513", f"the entry has {len(item.enclosures)} enclosures"
    if item.authors_said > 1:
        yield "C514", "the item names its author as author and as dc:creator"
    if item.content_first:
        yield "C515", "the item's description stands after its content"
    if item.history_link:
        yield "C517", f"the entry has a link {item.history_link!r}"
    for address in (item.link, *(enclosure.url for enclosure in item.enclosures)):
        if address and not _PLAIN_ADDRESS.fullmatch(address):
            yield "C516", f"the address {address!r} holds more than plain characters"


def _content(item: Item, _now: datetime) -> Iterator[Fault]:
    whole = sorted({name.lower() for name in _TAG.findall(item.html)} & WHOLE_PAGE)
    if whole:
        yield "C504", f"the entry holds <{whole[0]}>"
    if not item.html.strip():
        return
    root = lxml_html.fragment_fromstring(item.html, create_parent="div")
    for element in root.iter("*"):
        tag = str(element.tag)
        if tag in HARMFUL:
            yield "C502", f"the entry holds <{tag}>"
        for name, value in element.attrib.items():
            yield from _attribute(tag, str(name), str(value))


def _attribute(tag: str, name: str, value: str) -> Iterator[Fault]:
    if name.startswith("on"):
        yield "C502", f"<{tag}> has {name}"
    elif name == "style":
        odd = sorted(declarations(value).keys() - SIMPLE_STYLES)
        if odd:
            yield "C503", f"<{tag}> is styled with {', '.join(odd)}"
    elif name in ADDRESSES:
        yield from _address(tag, name, value)


def _address(tag: str, name: str, value: str) -> Iterator[Fault]:
    for address in (
        (piece.split()[0] for piece in value.split(",") if piece.split()) if name == "srcset" else (value,)
    ):
        scheme = urlsplit(address.strip()).scheme.lower() if _readable(address) else ""
        if scheme in ("javascript", "vbscript", "data"):
            yield "C502", f"<{tag}> has an address that begins with {scheme}:"
        elif not scheme:
            yield "C501", f"<{tag}> has the relative address {address!r}"


def _readable(address: str) -> bool:
    try:
        urlsplit(address)
    except ValueError:
        return False
    return True


RULES: Sequence[Callable[[Item, datetime], Iterator[Fault]]] = (_identity, _dates, _shape, _content)
"""What is looked at in each entry."""

__all__ = ["Fault", "feed_faults"]
