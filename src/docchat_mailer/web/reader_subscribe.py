"""``/subscribe``: a form for an address, and one answer to whatever is typed into it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from docchat_mailer.model.subscriber import Address
from docchat_mailer.readers.addresses import parse_address
from docchat_mailer.readers.follows import parse_follows
from docchat_mailer.readers.signing_up import SignUp, sign_up
from docchat_mailer.web.answers import page
from docchat_mailer.web.door import Door, aside
from docchat_mailer.web.follow_labels import titles_of
from docchat_mailer.web.forms import fields_of

FOLLOWS = 200
"""Characters of what is asked for."""


class ReaderSubscribe:
    """GET shows the form, POST takes it."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: Request) -> Response:
        """The form, with the series that was asked for chosen."""
        door = self._door
        chosen = request.query_params.get("follows", "*")
        series = await aside(self._series)
        return page(door.pages.sign_up(door.path("subscribe"), series, chosen))

    async def take(self, request: Request) -> Response:
        """Have a letter sent, if one may be; the answer is the same in either case."""
        door = self._door
        fields = await fields_of(request, door)
        network = door.network(request)
        if not door.forms.take(network):
            return page(door.pages.message("too_often"), 429)
        try:
            follows = parse_follows(fields.get("follows", "*")[:FOLLOWS])
        except ValueError:
            follows = parse_follows("*")
        asked = SignUp(
            address=_address(fields.get("email", "")),
            follows=follows,
            network=network,
            source=door.path("subscribe"),
            wording=door.pages.say["sign_up_intro"],
        )
        await aside(
            lambda: sign_up(door.db, asked, key=door.key, now=door.clock.now(), random_name=door.random_name)
        )
        return page(door.pages.message("sign_up_done"))

    def _series(self) -> list[tuple[str, str]]:
        return list(titles_of(self._door.db).items())


def _address(typed: str) -> Address | None:
    try:
        return parse_address(typed)
    except ValueError:
        return None
