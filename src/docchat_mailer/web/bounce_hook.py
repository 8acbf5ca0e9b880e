"""``POST /hooks/bounce/PROVIDER``: what a relay says of letters it took; 404 where it has no secret."""

from __future__ import annotations

from datetime import datetime

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from docchat_mailer.model.subscriber import Address
from docchat_mailer.readers.addresses import parse_address
from docchat_mailer.returns.hooking import Addressed, take_told
from docchat_mailer.returns.sns import believe, open_message
from docchat_mailer.rules.hooks import ADAPTERS, SES, Hooked, UnsignedError
from docchat_mailer.web.door import Door, aside

log = structlog.get_logger("docchat.web")


class BounceHook:
    """Takes a request whose signature fits, and says no more of one whose does not."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def take(self, request: Request) -> Response:
        """Count what it says, once."""
        door, provider = self._door, request.path_params["provider"]
        secret = door.hooks.get(provider, "")
        if not secret or provider not in {SES, *ADAPTERS}:
            raise HTTPException(404, "There is nothing here.")
        body, now = await request.body(), door.clock.now()
        try:
            if provider == SES:
                hooked = await aside(lambda: self._amazons(body, secret, now))
            else:
                hooked = ADAPTERS[provider](request.headers, body, secret, now)
        except UnsignedError as exc:
            log.warning("hook_refused", provider=provider, reason=str(exc))
            raise HTTPException(403, "This is not believed.") from exc
        events = [Addressed(told=told, address=_address(told.recipient)) for told in hooked.events]
        policy = door.bounce_policy
        barred = await aside(lambda: take_told(door.db, hooked.key, events, policy, source=provider, now=now))
        log.info("hook_taken", provider=provider, events=len(events), barred=barred)
        return PlainTextResponse("Taken.\n", headers={"Cache-Control": "no-store"})

    def _amazons(self, body: bytes, topic: str, now: datetime) -> Hooked:
        """What Amazon says on our *topic*; a subscription is the operator's to confirm, and only told here.

        Raises UnsignedError where it is not Amazon that says it, TemporaryError where that cannot be found
        out now.
        """
        message = open_message(body, topic, now)
        hooked = believe(message, self._door.certificates.get(message.certificate), now)
        if message.confirm_at:
            log.warning("topic_waits_for_confirmation", topic=topic, open=message.confirm_at)
        return hooked


def _address(written: str) -> Address | None:
    try:
        return parse_address(written)
    except ValueError:
        return None
