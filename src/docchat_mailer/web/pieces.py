"""An answer that goes out piece by piece, and stops when nobody is there to take it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SLICE = 64 * 1024
"""Bytes that are handed to a connection at a time: a slow one holds no more of a file than this."""


class Pieces(Response):
    """What *pieces* yields; its length stands in *headers*."""

    def __init__(self, pieces: AsyncGenerator[bytes], headers: Mapping[str, str], media_type: str) -> None:
        self._pieces = pieces
        super().__init__(headers=headers, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them, each when the one before has left."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        request = Request(scope, receive)
        async with aclosing(self._pieces) as pieces:
            async for piece in pieces:
                if await request.is_disconnected():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def sliced(octets: bytes) -> AsyncGenerator[bytes]:
    """*octets*, a slice at a time."""
    for start in range(0, len(octets), SLICE):
        yield octets[start : start + SLICE]
