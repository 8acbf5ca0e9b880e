"""Slow clients: a connection without a whole head, or a whole body, in time is closed.

uvicorn has a time limit for idle connections between requests and none within one, so a thousand connections
that send a byte a minute would hold a thousand places for ever.
"""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from typing import Any

from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from docchat_mailer.web.shield import Shield

HEAD_SECONDS = 10.0
"""How long the head of a request may take, from the connection or the last answer on."""

BODY_SECONDS = 30.0
"""How long head and body may take together."""

ANSWER_SECONDS = 60.0
"""How long an answer may take to be made, and then how long nothing of it may be taken by who asked."""

LONGEST = 1800.0
"""How long an answer may take altogether, however slowly it is taken."""

SPARE = 100
"""Connections beyond the bound that are still told so; those that come then are closed at once."""

FULL = Shield(
    PlainTextResponse("Busy. Please try again.\n", 503, {"Retry-After": "5", "Connection": "close"}),
    larger={},
)
"""What is told to those who find no place."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that waits so long and no longer."""

    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS
    answer_seconds = ANSWER_SECONDS
    longest = LONGEST

    def __init__(self, *args: Any, **options: Any) -> None:
        """As its base."""
        super().__init__(*args, **options)
        self._places, self.limit_concurrency = self.limit_concurrency, None
        self._deadline: asyncio.TimerHandle | None = None
        self._asked: Any = None
        self._answered_since, self._taken, self._unsent = 0.0, 0, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        if self._crowd() > SPARE:
            transport.abort()
        else:
            self._wait(self.head_seconds)

    def _crowd(self) -> int:
        """How many more connections there are than places."""
        return 0 if self._places is None else len(self.connections) - self._places

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._rest()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Take what came; once a head is there, its body has its own time, and then the answer has."""
        self.app = FULL if self._crowd() > 0 else self.config.loaded_app
        super().handle_events()
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete:
            return
        if not cycle.more_body:
            self._answered_since = self.loop.time()
            self._wait(self.answer_seconds)
        elif cycle is not self._asked:
            self._asked = cycle
            self._wait(self.body_seconds)

    def on_response_complete(self) -> None:
        """The next head is waited for; uvicorn's own limit ends a connection that asks nothing more."""
        self._taken, self._unsent = 0, 0
        self._wait(self.head_seconds)
        super().on_response_complete()

    def resume_writing(self) -> None:
        """Something of an answer was taken."""
        self._taken += 1
        super().resume_writing()

    def _wait(self, seconds: float) -> None:
        self._rest()
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """Time is over, unless an answer is on its way and is being taken."""
        if self._is_taken() and self.loop.time() - self._answered_since < self.longest:
            self._wait(self.answer_seconds)
        else:
            self.transport.abort()

    def _is_taken(self) -> bool:
        """Whether something of an answer has left since this was asked before."""
        unsent = self.transport.get_write_buffer_size() + self._in_the_kernel()
        moved = self._taken > 0 or 0 < unsent != self._unsent
        self._taken, self._unsent = 0, unsent
        return moved

    def _in_the_kernel(self) -> int:
        """Bytes that the other side has not acknowledged; megabytes may wait there (tcp(7), SIOCOUTQ)."""
        try:
            packed = fcntl.ioctl(self.transport.get_extra_info("socket"), termios.TIOCOUTQ, bytes(4))
        except OSError:
            return 0
        return int.from_bytes(packed, sys.byteorder)
