"""Feeds put together from a head and fragments, so that memory holds one entry's tree at a time.

feedgen builds the tree of a whole feed and then its text, about five times the size of the output; and it
would write an entry again for each feed it is in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"  # RFC 5005 section 2
MEDIA = "http://search.yahoo.com/mrss/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

AMPERSAND, LESS_THAN = "\ufdd0", "\ufdd1"
"""Stand for ``&`` and ``<`` in RSS titles while lxml has them: it cannot write hexadecimal references."""

_REFERENCES = {AMPERSAND.encode(): b"&#x26;", LESS_THAN.encode(): b"&#x3C;"}
_DECLARATION = re.compile(rb' xmlns(?::\w+)?="[^"]*"')


def fragment(element: etree._Element, namespaces: Mapping[str, str]) -> bytes:
    """*element* as it stands inside a root that declares *namespaces*.

    The dummy root gives lxml the prefixes; the declarations are then taken from the start tag only, which
    ends at the first ``>`` because lxml escapes that character in values.
    """
    root = etree.Element("root", nsmap=dict(namespaces))
    root.append(element)
    start, bracket, rest = etree.tostring(element, encoding="utf-8", with_tail=False).partition(b">")
    return _DECLARATION.sub(b"", start) + bracket + with_references(rest)


def spliced(empty: bytes, closing: bytes, fragments: Iterable[bytes]) -> bytes:
    """The document *empty* with *fragments* before its *closing* tags.

    Raises ValueError where *empty* does not end in *closing*.
    """
    body = empty.rstrip()
    if not body.endswith(closing):
        raise ValueError(f"a feed without entries ends in {body[-40:]!r}, not in {closing!r}")
    return b"\n".join((body[: -len(closing)], *fragments, closing + b"\n"))


def marked(title: str) -> str:
    """An RSS *title* with marks where the references go."""
    return title.replace("&", AMPERSAND).replace("<", LESS_THAN)


def with_references(text: bytes) -> bytes:
    """Serialised *text* with its marks turned into references."""
    for mark, reference in _REFERENCES.items():
        text = text.replace(mark, reference)
    return text


def stylesheet(root: etree._Element, href: str) -> None:
    """Put an ``xml-stylesheet`` instruction with a CSS *href* before *root*."""
    root.addprevious(etree.ProcessingInstruction("xml-stylesheet", f'href="{href}" type="text/css"'))


def thumbnail(entry: etree._Element, url: str, width: int, height: int) -> None:
    """Add a single ``media:thumbnail``, which feedgen would wrap in a ``media:group``."""
    made = etree.SubElement(entry, f"{{{MEDIA}}}thumbnail", url=url)
    if width and height:
        made.set("width", str(width))
        made.set("height", str(height))
