"""Answers that are somebody's own: kept by nobody, found by no search, and telling no other site."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response

from docchat_mailer.render.web_pages import WebPages

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}

TOO_OFTEN = 429
AWHILE = "60"
"""Seconds."""


def page(made: str, status: int = 200) -> Response:
    """A page that was made for who asked; too often, and it says when to come back (RFC 6585 section 4)."""
    return HTMLResponse(made, status, {**HEADERS, "Retry-After": AWHILE} if status == TOO_OFTEN else HEADERS)


def unknown(pages: WebPages, subscribe: str) -> Response:
    """The one page for whatever is no link of ours, whatever it was meant for."""
    again = pages.say["sign_up"]
    return page(pages.message("link_unknown", onward=subscribe, onward_label=again), 404)


def download(octets: bytes, name: str) -> Response:
    """A file to keep."""
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(octets, headers=headers, media_type="application/json")
