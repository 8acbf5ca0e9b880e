"""Addresses in a letter: links that lead somewhere, images that are shown."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from docchat_mailer.checking.draft import Draft, named
from docchat_mailer.model.finding import Finding

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
"""What a link of a letter may lead to."""


def link_findings(draft: Draft) -> Iterator[Finding]:
    """Links that are empty, cannot be read, name nothing, or are relative."""
    ids = {element.get("id") for element in draft.root.iter("*")}
    told = set()
    for element in draft.elements:
        href = element.get("href") if element.tag in ("a", "area") else None
        if href is None or href in told:
            continue
        told.add(href)
        fault = _fault(href, ids)
        if fault == RELATIVE:
            yield draft.finding("C409", f"the link {href!r} is relative")
        elif fault:
            yield draft.finding("C408", f"the link {href!r} {fault}")


RELATIVE = "relative"


def _fault(href: str, ids: set[str | None]) -> str:
    """What is wrong with an address, or nothing."""
    if href.strip() in ("", "#"):
        return "leads nowhere"
    if href.startswith("#"):
        return "" if href[1:] in ids else "names nothing in the letter"
    try:
        pieces = urlsplit(href)
    except ValueError:
        return "cannot be read"
    if not pieces.scheme:
        return RELATIVE
    if pieces.scheme not in SCHEMES:
        return f"begins with {pieces.scheme}:"
    if pieces.scheme in ("http", "https") and not pieces.hostname:
        return "names no host"
    return ""


def image_findings(draft: Draft) -> Iterator[Finding]:
    """Images without an alt attribute, or with an address that mail programs do not show."""
    for element in draft.elements:
        if element.tag != "img":
            continue
        src = element.get("src", "")
        if element.get("alt") is None:
            yield draft.finding("C407", f"the image {src[:80]!r} has no alt attribute")
        if src.startswith("data:"):
            yield draft.finding("C420", f"{named(element)} carries its image as a data: address")
        elif src.startswith("http:"):
            yield draft.finding("C421", f"the image {src!r} is fetched over plain HTTP")
        elif not src.startswith("https:"):
            yield draft.finding("C409", f"the address {src!r} of an image is relative")
