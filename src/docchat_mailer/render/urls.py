"""Addresses inside the site: stored HTML names a root that is not real, and each product names its own.

A page links relatively, so that a copy of the site on a disk works; feeds and letters link absolutely.
"""

from __future__ import annotations

from docchat_mailer.model.publication import SITE_ROOT


def absolute(html: str, base_url: str) -> str:
    """*html* with the site's URLs under *base_url* (no final slash)."""
    return html.replace(SITE_ROOT, base_url)


def relative(html: str, page_path: str) -> str:
    """*html* with the site's URLs relative to the page at *page_path* (``/s/x/y/``)."""
    return html.replace(f"{SITE_ROOT}/", root_of(page_path))


def root_of(page_path: str) -> str:
    """The way from the page at *page_path* up to the site's root: ``../../../``, or ``./`` at the top."""
    return "../" * (page_path.count("/") - 1) or "./"
