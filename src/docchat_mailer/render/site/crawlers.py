"""What crawlers are told: the sitemap (sitemaps.org protocol 0.9) and robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from docchat_mailer.model.site import Site
from docchat_mailer.render.feeds.addresses import site_url

MOST = 50_000
"""URLs in one sitemap file, by the protocol."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(site: Site, pages: Iterable[tuple[str, datetime | None]]) -> list[tuple[str, bytes]]:
    """Files by path: ``/sitemap.xml`` alone, or as the index of ``/sitemap-1.xml`` and so on.

    *pages* are paths below the base URL, each with the instant it last changed where that is known.
    """
    lines = [_line("url", site, path, changed) for path, changed in pages]
    if len(lines) <= MOST:
        return [("/sitemap.xml", _document("urlset", lines))]
    blocks = [lines[start : start + MOST] for start in range(0, len(lines), MOST)]
    files = [(f"/sitemap-{n}.xml", _document("urlset", block)) for n, block in enumerate(blocks, 1)]
    index = [_line("sitemap", site, path, None) for path, _ in files]
    return [("/sitemap.xml", _document("sitemapindex", index)), *files]


def robots(site: Site) -> bytes:
    """Everything may be read; the sitemap is named."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {site_url(site.base_url, '/sitemap.xml')}\n".encode()


def _line(tag: str, site: Site, path: str, changed: datetime | None) -> str:
    when = changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if changed else ""
    lastmod = f"<lastmod>{when}</lastmod>" if when else ""
    return f"<{tag}><loc>{escape(site_url(site.base_url, path))}</loc>{lastmod}</{tag}>\n"


def _document(root: str, lines: list[str]) -> bytes:
    return f'{_HEAD}<{root} xmlns="{_SPACE}">\n{"".join(lines)}</{root}>\n'.encode()
