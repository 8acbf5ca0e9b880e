"""Addresses in feeds: absolute, ASCII, the same spelling everywhere."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from docchat_mailer.model.publication import SITE_ROOT
from docchat_mailer.render.feeds.characters import clean
from docchat_mailer.render.views import Feed, FeedFormat

_PLAIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/-]*)?")  # nothing to encode
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "!$&'()*+,;=:@/%"  # RFC 3986 section 3.3, and % because what is encoded already stays so


def ascii_url(url: str) -> str:
    """*url* as a URI (RFC 3986): other characters percent-encoded, the host in A-labels (RFC 5891)."""
    if _PLAIN.fullmatch(url):
        return url
    parts = urlsplit(_STRAY_PERCENT.sub("%25", clean(url).strip()))
    return urlunsplit(
        (
            parts.scheme,
            _ascii_host(parts.netloc),
            quote(parts.path, safe=_KEPT),
            quote(parts.query, safe=_KEPT + "?"),
            quote(parts.fragment, safe=_KEPT + "?"),
        )
    )


def site_url(base_url: str, address: str) -> str:
    """The absolute URL of *address*: a path of the site, a URL under ``SITE_ROOT``, or a URL elsewhere."""
    if address.startswith("/") and not address.startswith("//"):
        return ascii_url(base_url + address)
    return ascii_url(address.replace(SITE_ROOT, base_url, 1))


def feed_path(feed: Feed, format: FeedFormat, archive: int | None = None) -> str:  # noqa: A002 - its name
    """Where the document lies below the base URL: ``/s/x/feed.xml``, ``/s/x/archive/0001.atom``."""
    if archive is None:
        return f"{feed.path}{format.value}"
    return f"{feed.path}archive/{archive:04d}.{format.archive_suffix}"


def _ascii_host(netloc: str) -> str:
    host, colon, port = netloc.partition(":")
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode("ascii")
    return host.lower() + colon + port
