"""``/m/TOKEN``: a letter in the browser, for letters that no page tells the same as.

Whoever has the link may hand it on: it leads neither out nor to anybody's preferences.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from docchat_mailer.delivery.viewing import viewed
from docchat_mailer.model.tokens import Purpose
from docchat_mailer.web.answers import HEADERS, unknown
from docchat_mailer.web.door import Door, aside

POLICY = (
    "default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A letter has its style in itself, and nothing else that could do anything."""


class LetterView:
    """The letter of an edition."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: Request) -> Response:
        """The letter as nobody's."""
        door = self._door
        edition = door.named_by(Purpose.VIEW, request.path_params["token"])
        letter = None if edition is None else await aside(lambda: viewed(door.db, edition))
        if letter is None:
            return unknown(door.pages, door.path("subscribe"))
        return HTMLResponse(letter, headers={**HEADERS, "Content-Security-Policy": POLICY})
