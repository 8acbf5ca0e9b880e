"""The connections of one route, within one event loop: borrowed by who sends, and used again."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import cached_property

from docchat_mailer.errors import RelayRefusedError
from docchat_mailer.smtp.connection import Connection, connect
from docchat_mailer.smtp.opening import untrusted
from docchat_mailer.smtp.route import Patience, RelaySettings, context


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How many *connections* there may be at once, and how many *messages* or *seconds* one lasts.

    Servers end a connection by limits of their own; ours come first.
    """

    connections: int = 8
    messages: int = 1000
    seconds: float = 300


ROOM = 16 * 1024 * 1024
"""Bytes taken and given back at once: the C library then keeps that much for what comes next.

Without, each large body that is freed goes back to the system, and the next one costs page faults, which are
dearer than sending it (mallopt(3), dynamic mmap threshold).
"""


class Pool:
    """Connections to one relay; *plain* is set once it did not keep in step, and then holds for all."""

    def __init__(self, settings: RelaySettings, patience: Patience, limits: Limits) -> None:
        self.settings, self.plain = settings, False
        self._patience, self._limits = patience, limits
        self._places = asyncio.Semaphore(limits.connections)
        self._idle: list[Connection] = []
        bytes(ROOM)
        self._closed = False

    async def borrow(self) -> Connection:
        """A connection that stands, a new one where there is none; waits where all are out.

        Raises RelayDownError or RelayRefusedError.
        """
        await self._places.acquire()
        try:
            line = await self._standing() or await connect(self.settings, self._patience, self._trust)
        except BaseException:
            self._places.release()
            raise
        line.dialogue.plain = self.plain
        line.borrowed = line.dialogue.heard
        return line

    def give_back(self, line: Connection) -> None:
        """Keep *line* for the next, or close it where something is open on it."""
        self._places.release()
        if line.dialogue.idle and not self._closed:
            self._idle.append(line)
        else:
            line.abort()

    async def retire(self, line: Connection) -> None:
        """Close *line* in good order."""
        try:
            await line.quit()
        finally:
            self._places.release()

    def spent(self, line: Connection, *, ahead: int = 0) -> bool:
        """Whether *line* has carried enough, or will have with so many more messages."""
        age = asyncio.get_running_loop().time() - line.since
        return line.sent + ahead >= self._limits.messages or age >= self._limits.seconds

    async def aclose(self) -> None:
        """Say goodbye on every connection that stands."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(line.quit() for line in idle))

    async def _standing(self) -> Connection | None:
        while self._idle:
            line = self._idle.pop()
            if self.spent(line):
                await line.quit()
            elif line.dialogue.over is None:
                return line
        return None

    def _trust(self) -> ssl.SSLContext:
        return self._context

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Made once, since reading the authorities of a system takes long."""
        try:
            return context(self.settings)
        except (OSError, ssl.SSLError) as exc:
            raise self._unreadable(exc) from exc

    def _unreadable(self, exc: Exception) -> RelayRefusedError:
        return untrusted(self.settings, f"{self.settings.authority}: {exc}")
