"""``/u/TOKEN``: GET shows one button; POST is that button, and the one that mail programs show (RFC 8058).

A mail program's press brings no cookie, comes from the provider's address and follows no redirect; so nothing
is asked of it but the token, and no limit counts it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from docchat_mailer.model.tokens import Purpose
from docchat_mailer.readers.leaving import leave
from docchat_mailer.readers.preferring import person_of
from docchat_mailer.render.web_pages import Ask
from docchat_mailer.web.answers import page
from docchat_mailer.web.door import Door, aside


class ReaderLeave:
    """The link that every letter carries; it works for ever."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: Request) -> Response:
        """The button."""
        door, token = self._door, request.path_params["token"]
        name = door.named_by(Purpose.UNSUBSCRIBE, token)
        if name is None or await aside(lambda: person_of(door.db, name)) is None:
            return self._nobody()
        ask = Ask(action=door.path("u", token), button=door.pages.say["leave_button"])
        preferences = door.path("prefs", door.token(Purpose.PREFERENCES, name))
        label = door.pages.say["preferences"]
        return page(door.pages.message("leave_page", ask=ask, onward=preferences, onward_label=label))

    async def take(self, request: Request) -> Response:
        """Leave; the second time is as good as the first."""
        door = self._door
        async for _ in request.stream():
            pass  # whatever form it has, nothing in it matters; its size is limited before this
        name = door.named_by(Purpose.UNSUBSCRIBE, request.path_params["token"])
        now, source = door.clock.now(), door.path("u")
        if name is None or not await aside(lambda: leave(door.db, name, now=now, source=source)):
            return self._nobody()
        again, label = door.path("subscribe"), door.pages.say["sign_up"]
        return page(door.pages.message("left", onward=again, onward_label=label))

    def _nobody(self) -> Response:
        return page(self._door.pages.message("link_unknown"), 404)
