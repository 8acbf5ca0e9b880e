"""News for the browsers that look: after each save, one line to each of them (server-sent events)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows whether somebody still listens."""


class News:
    """Who listens, and what they have not been told yet; a newer revision takes the place of an older one."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[int | None]] = set()
        self._ended = False

    def tell(self, revision: int) -> None:
        """Tell everybody that there is a *revision* to look at."""
        for listener in self._listeners:
            _replace(listener, revision)

    def end(self) -> None:
        """Let everybody go: the preview stops."""
        self._ended = True
        for listener in self._listeners:
            _replace(listener, None)

    async def listen(self, revision: int) -> AsyncIterator[str]:
        """The stream of one browser, beginning with the *revision* that is there."""
        listener: asyncio.Queue[int | None] = asyncio.Queue(maxsize=1)
        self._listeners.add(listener)
        try:
            yield f"retry: 500\ndata: {revision}\n\n"
            while not self._ended:
                try:
                    news = await asyncio.wait_for(listener.get(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if news is None:
                    return
                yield f"data: {news}\n\n"
        finally:
            self._listeners.discard(listener)


def _replace(listener: asyncio.Queue[int | None], news: int | None) -> None:
    if listener.full():
        listener.get_nowait()
    listener.put_nowait(news)
