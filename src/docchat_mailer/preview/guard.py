"""The guard before every route: only this machine, only questions, and headers that keep a browser in bounds.

A page of somebody else's that points its own name at 127.0.0.1 (DNS rebinding) still sends its own name as
Host, and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

QUESTIONS = frozenset({"GET", "HEAD"})
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

NOTHING = "default-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
"""The policy of everything that has none of its own."""

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The policy of the preview's own page: its one script and stylesheet, and frames of its own."""

FRAME = (
    "default-src 'none'; script-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)
"""The policy of what stands in a frame: no script, no form, no connection; images from here alone."""

FRAME_WITHOUT_IMAGES = FRAME.replace("img-src 'self' data:", "img-src 'none'")

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": NOTHING,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Robots-Tag": "noindex",
}


class Guard:
    """An ASGI application around *app*, which listens on *port*."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = frozenset(f"{name}:{port}" for name in LOOPBACK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            answer: ASGIApp = PlainTextResponse("This preview answers to this machine alone.\n", 421)
        elif scope["method"] not in QUESTIONS:
            answer = PlainTextResponse("The preview only shows.\n", 405, {"Allow": "GET, HEAD"})
        else:
            answer = self._app
        await answer(scope, receive, guarded)
