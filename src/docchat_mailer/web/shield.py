"""What stands before every route: the headers of every answer, and limits on the bytes of every question."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchat_mailer.errors import BusyError, ConflictError, TemporaryError

PAGE = (
    "default-src 'none'; img-src 'self' https: data:; media-src https:; style-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of every answer: no script at all, and forms that lead here."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": PAGE,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

LARGEST_BODY = 64 * 1024
"""Bytes of a form; what is longer is refused before anything reads it."""

LONGEST_TARGET = 4096
"""Bytes of a path with its query."""

log = structlog.get_logger("docchat.web")


class TooLargeError(Exception):
    """A body has more bytes than the route takes."""


class Shield:
    """An ASGI application around *app*; *larger* names path prefixes whose bodies may have more bytes.

    *secure* says that people come by https, and that their browsers shall keep to it.
    """

    def __init__(
        self, app: ASGIApp, *, secure: bool = False, larger: Mapping[str, int] | None = None
    ) -> None:
        self._app, self._larger = app, larger or {}
        self._headers = dict(HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return
        begun = False

        async def shielded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        limit = next(
            (n for prefix, n in self._larger.items() if scope["path"].startswith(prefix)), LARGEST_BODY
        )
        try:
            await self._within(scope, _Counted(receive, limit), shielded)
        except TooLargeError:
            if not begun:
                refusal = PlainTextResponse("That is too much.\n", 413, {"Connection": "close"})
                await refusal(scope, receive, shielded)
        except (BusyError, ConflictError, TemporaryError) as exc:
            log.warning("busy", path=_kind(scope["path"]), reason=str(exc))
            if not begun:
                busy = PlainTextResponse("Busy. Please try again in a moment.\n", 503, {"Retry-After": "5"})
                await busy(scope, receive, shielded)

    async def _within(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope)
        await (self._app if refusal is None else refusal)(scope, receive, send)


def _refusal(scope: Scope) -> ASGIApp | None:
    """What a question gets that no route could answer."""
    target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if target > LONGEST_TARGET:
        return PlainTextResponse("The address is too long.\n", 414)
    if any(ord(letter) < 32 or letter == "\\" for letter in scope["path"]):  # noqa: PLR2004 - control characters
        return PlainTextResponse("There is nothing here.\n", 404)
    return None


def _kind(path: str) -> str:
    """The first word of *path*: what follows may be somebody's token."""
    return "/" + path.split("/")[1] if path.count("/") > 1 else path


class _Counted:
    """A body whose bytes are counted as they come, whatever its length is said to be."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left = receive, limit

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise TooLargeError
        return message
