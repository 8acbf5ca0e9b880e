"""Rules for plain hosting: media types and cache times of feeds, for hosts that read them from the folder.

A feed may be kept for a quarter of an hour and no longer, so that no part is late in anybody's reader; the
other formats of the rules, for servers with a configuration of their own, are in ``docs/howto/hosting.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote, urlsplit

from docchat_mailer.model.site import Site
from docchat_mailer.render.views import FeedFormat

MAX_AGE = 900
"""Seconds a feed may be kept."""

HEADERS_PATH = "/_headers"
REDIRECTS_PATH = "/_redirects"
HTACCESS_PATH = "/.htaccess"


def media_types() -> dict[str, str]:
    """File name, or ending of an archive document, to media type with its charset."""
    archives = {f"*.{form.archive_suffix}": form for form in (FeedFormat.ATOM, FeedFormat.JSON)}
    named = {form.value: form for form in FeedFormat} | archives
    return {name: f"{form.media_type}; charset=utf-8" for name, form in named.items()}


def headers_file() -> bytes:
    """A ``_headers`` file, as static hosts read it: a path with a splat, then its header fields."""
    lines: list[str] = []
    for form in FeedFormat:
        for path in (f"/{form.value}", f"/*/{form.value}", f"/*/archive/*.{form.archive_suffix}"):
            lines += [
                path,
                f"  Content-Type: {form.media_type}; charset=utf-8",
                f"  Cache-Control: public, max-age={MAX_AGE}",
                "  Access-Control-Allow-Origin: *",
            ]
    return "\n".join(lines).encode() + b"\n"


Moved = Sequence[tuple[str, str]]
"""Old path and new path, both percent-encoded and from the host's root."""


def feed_moves(site: Site) -> list[tuple[str, str]]:
    """Where the feed's old paths lead: to the format their name speaks of, else to RSS."""
    return [(_rooted(site, path), _rooted(site, f"/{_format_of(path).value}")) for path in site.feed_aliases]


def page_moves(site: Site, pages: Iterable[tuple[str, Iterable[str]]]) -> list[tuple[str, str]]:
    """Where the aliases of *pages* (path, aliases) lead."""
    return [
        (_rooted(site, quote(unquote(alias), safe="/-._~!$&'()*+,;=:@")), _rooted(site, path))
        for path, aliases in pages
        for alias in aliases
        if alias.rstrip("/") != path.rstrip("/")
    ]


def _rooted(site: Site, path: str) -> str:
    return urlsplit(site.base_url).path.rstrip("/") + path


def _format_of(path: str) -> FeedFormat:
    if "atom" in path:
        return FeedFormat.ATOM
    return FeedFormat.JSON if "json" in path else FeedFormat.RSS


def redirects_file(moved: Moved) -> bytes:
    """A ``_redirects`` file, as static hosts read it: old path, new path, 301 (RFC 9110 section 15.4.2)."""
    return "".join(f"{old} {new} 301\n" for old, new in moved).encode()


def htaccess_file(moved: Moved = ()) -> bytes:
    """An ``.htaccess`` file with the same rules for Apache's httpd."""
    lines = ["FileETag MTime Size", "ErrorDocument 404 /404.html"]
    lines += [f'RedirectMatch 301 "{_pattern(old)}" "{new}"' for old, new in moved]
    for name, media_type in media_types().items():
        lines += [
            f'<Files "{name}">',
            f'  ForceType "{media_type}"',
            "  <IfModule mod_headers.c>",
            f'    Header set Cache-Control "public, max-age={MAX_AGE}"',
            '    Header set Access-Control-Allow-Origin "*"',
            "  </IfModule>",
            "</Files>",
        ]
    return "\n".join(lines).encode() + b"\n"


def _pattern(path: str) -> str:
    """A regular expression for httpd, which compares *path* decoded, with or without a final slash."""
    return "^" + re.escape(unquote(path).rstrip("/")).replace('"', r"\"") + "/?$"
