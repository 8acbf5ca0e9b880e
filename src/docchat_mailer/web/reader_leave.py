"""``/u/TOKEN``: GET shows one button; POST is that button, and the one that mail programs show (RFC 8058).

A mail program's press brings no cookie, comes from the provider's address and follows no redirect; so nothing
is asked of it but the token, and no limit counts it.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from docchat_mailer.model.subscriber import Follow, Scope
from docchat_mailer.model.tokens import Purpose
from docchat_mailer.readers.follows import parse_follows
from docchat_mailer.readers.leaving import leave, leave_one
from docchat_mailer.readers.preferring import person_of
from docchat_mailer.render.web_pages import Ask
from docchat_mailer.web.answers import page, unknown
from docchat_mailer.web.door import Door, aside
from docchat_mailer.web.follow_labels import gotten, label_of, titles_of

ONLY = "only"
"""The field that names the one thing somebody wants no more of."""

SHOWN = 20
"""Things that have a button of their own at most; the preferences have them all."""

FEW = 10
"""Fields of a form of ours at most."""


class ReaderLeave:
    """The link that every letter carries; it works for ever."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: Request) -> Response:
        """The button, and one for each thing they get."""
        door, token = self._door, request.path_params["token"]
        name = door.named_by(Purpose.UNSUBSCRIBE, token)
        if name is None:
            return self._nobody()
        return await aside(lambda: self._buttons(token, name))

    async def take(self, request: Request) -> Response:
        """Leave; the second time is as good as the first.

        A request that names one thing, as a button of the page does, is about that alone; whatever else it
        holds, and in whichever form, does not matter (RFC 8058 section 3.2).
        """
        door = self._door
        one = _named(await request.body())
        name = door.named_by(Purpose.UNSUBSCRIBE, request.path_params["token"])
        if name is None:
            return self._nobody()
        now, source = door.clock.now(), door.path("u")
        if one is not None:
            await aside(lambda: leave_one(door.db, name, one, now=now, source=source))
            return page(door.pages.message("left_one"))
        await aside(lambda: leave(door.db, name, now=now, source=source, goodbye=door.goodbye))
        again, label = door.path("subscribe"), door.pages.say["sign_up"]
        return page(door.pages.message("left", onward=again, onward_label=label))

    def _buttons(self, token: str, name: str) -> Response:
        """A person who was erased sees the page of everybody: there is nothing to say of them."""
        door, say = self._door, self._door.pages.say
        person, titles = person_of(door.db, name), titles_of(door.db)
        got = [] if person is None else gotten(person, titles)
        action = door.path("u", token)
        others = [
            Ask(
                action=action,
                button=say["leave_one_button"].format(what=label_of(follow, titles, say)),
                hidden=[(ONLY, str(follow))],
            )
            for follow in got[:SHOWN]
        ]
        ask = Ask(action=action, button=say["leave_button"])
        return page(door.pages.message("leave_page", ask=ask, others=others if len(got) > 1 else ()))

    def _nobody(self) -> Response:
        return unknown(self._door.pages, self._door.path("subscribe"))


def _named(body: bytes) -> Follow | None:
    """The one thing that a form of ours names; None for a form of anybody else."""
    try:
        fields = dict(parse_qsl(body.decode("ascii"), max_num_fields=FEW))
        [follow] = parse_follows(fields[ONLY])
    except (ValueError, KeyError):
        return None
    return None if follow.scope is Scope.SITE else follow
