"""What stands before every route: the headers of every answer, and limits on the bytes of every question."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE = (
    "default-src 'none'; img-src 'self' https: data:; media-src 'self' https:; style-src {ours}; "
    "form-action {ours}; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of every answer: no script at all, and forms and stylesheets of ours alone."""

HEADERS: Mapping[str, str] = {
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

DIGITS = 15
"""Digits of a length that are read as a number."""

REFUSED = (b"%2f", b"%5c", b"%00")
"""What no path of ours has: a separator in disguise means one thing to a proxy and another to us."""


class Shield:
    """An ASGI application around *app*; *larger* names path prefixes whose bodies may have more bytes.

    *secure* says that people come by https, and that their browsers shall keep to it; *origins* are ours: the
    site and its door may have two names.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        larger: Mapping[str, int],
        secure: bool = False,
        origins: Collection[str] = (),
    ) -> None:
        self._app, self._larger = app, larger
        policy = PAGE.format(ours=" ".join(["'self'", *sorted(origins)]))
        self._headers = {**HEADERS, "Content-Security-Policy": policy}
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return

        counted = _Counted(receive, self._limit(scope["path"]))

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                counted.is_answered = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = _refusal(scope, counted.left) or self._app
        await answer(scope, counted, shielded)

    def _limit(self, path: str) -> int:
        return next((n for prefix, n in self._larger.items() if path.startswith(prefix)), LARGEST_BODY)


def _refusal(scope: Scope, limit: int) -> ASGIApp | None:
    """What a question gets that no route could answer."""
    raw = scope.get("raw_path") or b""
    if len(raw) + len(scope["query_string"]) > LONGEST_TARGET:
        return PlainTextResponse("The address is too long.\n", 414)
    lowered, path = raw.lower(), scope["path"]
    if any(part in lowered for part in REFUSED) or "\\" in path or not path.isprintable():
        return PlainTextResponse("There is nothing here.\n", 404)
    said = [value for name, value in scope["headers"] if name == b"content-length"]
    if said and (len(said[0]) > DIGITS or int(said[0]) > limit):
        return PlainTextResponse("That is too much.\n", 413)
    return None


class _Counted:
    """A body whose bytes are counted as they come, whatever its length is said to be."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self.left, self.is_answered = receive, limit, False

    async def __call__(self) -> Message:
        """The next message; raises HTTPException 413 (RFC 9110 section 15.5.14), or ends what is answered."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.left -= len(message.get("body", b""))
            if self.left < 0 and self.is_answered:
                return {"type": "http.disconnect"}
            if self.left < 0:
                raise HTTPException(413, "That is too much.")
        return message
