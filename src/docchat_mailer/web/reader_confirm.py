"""``/confirm/TOKEN``: GET shows a button, POST presses it; a scanner that opens every link presses none."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from docchat_mailer.model.subscriber import Wish
from docchat_mailer.model.tokens import Purpose
from docchat_mailer.readers.confirming import Confirmed, Looked, confirm, look
from docchat_mailer.render.web_pages import Ask
from docchat_mailer.web.answers import page
from docchat_mailer.web.door import Door, aside
from docchat_mailer.web.forms import fields_of

UNKNOWN = Looked(standing=Confirmed.UNKNOWN)

SAID = {
    Confirmed.USED: ("link_used", 200),
    Confirmed.LATE: ("link_late", 410),
    Confirmed.UNKNOWN: ("link_unknown", 404),
    Confirmed.TAKEN: ("address_taken", 409),
}


class ReaderConfirm:
    """The link of a request."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: Request) -> Response:
        """What the link can do, with a button that does it."""
        door, token = self._door, request.path_params["token"]
        name = door.named_by(Purpose.CONFIRM, token)
        looked = await aside(lambda: look(door.db, name, door.clock.now())) if name else UNKNOWN
        if looked.standing is not Confirmed.OPEN:
            return self._answer(looked)
        moves = looked.wish is Wish.CHANGE
        button = door.pages.say["move_button" if moves else "confirm_button"]
        ask = Ask(action=door.path("confirm", token), button=button, hidden=[("yes", "1")])
        return page(door.pages.message("move_page" if moves else "confirm_page", ask=ask))

    async def take(self, request: Request) -> Response:
        """Do it."""
        door = self._door
        await fields_of(request, door)
        name = door.named_by(Purpose.CONFIRM, request.path_params["token"])
        if name is None:
            return self._answer(UNKNOWN)
        now, source = door.clock.now(), door.path("confirm")
        return self._answer(await aside(lambda: confirm(door.db, name, key=door.key, now=now, source=source)))

    def _answer(self, looked: Looked) -> Response:
        pages = self._door.pages
        if looked.standing is Confirmed.DONE:
            return page(pages.message("moved" if looked.wish is Wish.CHANGE else "confirmed"))
        name, status = SAID[looked.standing]
        again = self._door.path("subscribe")
        return page(pages.message(name, onward=again, onward_label=pages.say["sign_up"]), status)
