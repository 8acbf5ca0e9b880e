"""Rules for plain hosting: media types and cache times of feeds, for hosts that read them from the folder.

A feed may be kept for a quarter of an hour and no longer, so that no part is late in anybody's reader; the
other formats of the rules, for servers with a configuration of their own, are in ``docs/howto/hosting.md``.
"""

from __future__ import annotations

from docchat_mailer.render.views import FeedFormat

MAX_AGE = 900
"""Seconds a feed may be kept."""

HEADERS_PATH = "/_headers"
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


def htaccess_file() -> bytes:
    """An ``.htaccess`` file with the same rules for Apache's httpd."""
    lines = ["FileETag MTime Size", "ErrorDocument 404 /404.html"]
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
