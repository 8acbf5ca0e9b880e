"""What is wrong with the page a part would have: ids, fragments, headings, weight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import html as lxml_html

from docchat_mailer.checking.feeds import Fault
from docchat_mailer.checking.wording import HEADINGS, misplaced

FURNITURE = 50 * 1024
"""Bytes of a page beside the text of its part."""


def page_faults(page: bytes, body: str) -> Iterator[Fault]:
    """The faults of *page*, whose text is *body*; each thing once."""
    root = lxml_html.document_fromstring(page)
    ids = Counter(element.get("id") for element in root.iter("*") if element.get("id"))
    for name, count in ids.items():
        if count > 1:
            yield "C601", f"{count} elements of the page have the id {name!r}"
    for href in dict.fromkeys(link.get("href", "") for link in root.iter("a")):
        if href.startswith("#") and len(href) > 1 and href[1:] not in ids:
            yield "C602", f"nothing on the page has the id {href[1:]!r}"
    order = misplaced([str(element.tag) for element in root.iter("*") if element.tag in HEADINGS])
    if order:
        yield "C603", order
    beside = len(page) - len(body.encode())
    if beside > FURNITURE:
        yield "C604", f"the page has {beside // 1024} KB beside its text"
