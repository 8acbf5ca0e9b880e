"""``/.well-known/security.txt``: whom to tell of a weakness (RFC 9116)."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from docchat_mailer.web.door import Door

PATH = "/.well-known/security.txt"

MONTHS = 7
"""Months that the file is good for, counted from the first of this one; a year would be too long."""

DAY = 24 * 3600


class SecurityTell:
    """For whoever found a weakness."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, _: Request) -> Response:
        """Whom to tell; 404 where nobody is named."""
        door = self._door
        if not door.security_contact:
            return PlainTextResponse("There is nothing here.\n", 404)
        lines = [
            f"Contact: {_address(door.security_contact)}",
            f"Expires: {_expires(door.clock.now()).isoformat().replace('+00:00', 'Z')}",
            f"Preferred-Languages: {door.site.language}",
        ]
        headers = {"Cache-Control": f"public, max-age={DAY}"}
        return PlainTextResponse("\n".join([*lines, ""]), headers=headers)


def _address(contact: str) -> str:
    """A URI, as section 2.5.3 has it."""
    return contact if ":" in contact else f"mailto:{contact}"


def _expires(now: datetime) -> datetime:
    months = now.astimezone(UTC).month - 1 + MONTHS
    return datetime(now.year + months // 12, months % 12 + 1, 1, tzinfo=UTC)
