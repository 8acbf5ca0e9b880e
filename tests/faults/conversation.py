"""One TCP connection of a fault sink: every byte each way is kept, and reading goes as slowly as it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from dataclasses import dataclass, field
from typing import Literal


class GoneError(Exception):
    """The client, or we, ended the connection."""


@dataclass
class Conversation:
    """What was said on a connection, in order, and what the sink noticed.

    *said* holds ``("client" | "server", bytes)`` as read and written, in the clear also inside TLS.
    *commands* are the client's lines without their ends, without messages and without secrets after AUTH.
    With *kept* false neither of the two is kept: for mailings that are too big for that.
    *violations* are breaches of the protocol by the client, in words.
    """

    number: int
    said: list[tuple[Literal["client", "server"], bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    before_tls: bytes = b""
    tls: bool = False
    login: str | None = None
    ehlo: str = ""
    ended: bool = False
    kept: bool = True

    def add(self, who: Literal["client", "server"], part: bytes) -> None:
        """Keep what was said, unless nothing is to be kept."""
        if self.kept:
            self.said.append((who, part))

    @property
    def client(self) -> bytes:
        """All the client sent, inside TLS and out."""
        return b"".join(part for who, part in self.said if who == "client")

    @property
    def server(self) -> bytes:
        """All the sink said."""
        return b"".join(part for who, part in self.said if who == "server")

    def count(self, verb: str) -> int:
        """How many commands begin with *verb*."""
        return sum(line.upper().startswith(verb.upper()) for line in self.commands)


class Line(asyncio.Protocol):
    """The connection as lines to await and bytes to write."""

    def __init__(self, conversation: Conversation) -> None:
        self.talk = conversation
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None
        self.pace: float | None = None
        self._news = asyncio.Event()
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # a stream transport, inside TLS and out
        if transport.get_extra_info("ssl_object") is not None:
            self.talk.tls = True

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.talk.add("client", data)
        if not self.talk.tls:
            self.talk.before_tls += data
        self._news.set()

    def eof_received(self) -> bool:
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        self._end()

    def _end(self) -> None:
        self._ended = self.talk.ended = True
        self._news.set()

    async def until(self, end: bytes, *, after: int | None = None) -> bytes:
        """Bytes up to and with *end*; past *after* bytes the connection is reset.  Raises GoneError."""
        taken = bytearray()
        start = 0
        while True:
            await self._take_in(taken)
            if after is not None and len(taken) >= after:
                self.close(reset=True)
                raise GoneError
            at = taken.find(end, start)
            if at >= 0:
                self.buffer[:0] = taken[at + len(end) :]
                return bytes(taken[: at + len(end)])
            start = max(0, len(taken) - len(end) + 1)

    async def _take_in(self, taken: bytearray) -> None:
        """Wait for bytes and move them over: all of them, or one at a time at the pace."""
        while not self.buffer:
            if self._ended:
                raise GoneError
            self._news.clear()
            await self._news.wait()
        if self.pace is None:
            taken += self.buffer
            self.buffer.clear()
            return
        await self._wait_a_byte()
        taken.append(self.buffer.pop(0))

    async def _wait_a_byte(self) -> None:
        if self.pace == 0:
            await self.hang()
        await asyncio.sleep(1 / self.pace if self.pace else 0)

    def slow_down(self, pace: float) -> None:
        """Read *pace* bytes a second from now on, so that the client's writes stop; 0: never again."""
        self.pace = pace
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.transport.pause_reading()
        if pace:
            asyncio.get_running_loop().call_later(1 / pace, self._sip)

    def _sip(self) -> None:
        """Let the kernel's buffer flow only as fast as ours empties."""
        if self._ended or self.transport.is_closing():
            return
        if len(self.buffer) < 64:
            self.transport.resume_reading()
            asyncio.get_running_loop().call_soon(self._pause)
        asyncio.get_running_loop().call_later(1 / self.pace, self._sip)

    def _pause(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    async def hang(self) -> None:
        """Neither read nor write, until the sink ends."""
        self.transport.pause_reading()
        await asyncio.Event().wait()

    def say(self, data: bytes) -> None:
        """Write *data*.  Raises GoneError."""
        if self._ended or self.transport.is_closing():
            raise GoneError
        self.talk.add("server", data)
        self.transport.write(data)

    async def say_endlessly(self) -> None:
        """A reply line that does not end, until the client has enough of it.  Raises GoneError."""
        self.say(b"250-")
        while True:
            if self._ended or self.transport.is_closing():
                raise GoneError
            if self.transport.get_write_buffer_size() < 1 << 16:
                self.transport.write(b"a" * 4096)
            await asyncio.sleep(0)

    def close(self, *, reset: bool = False) -> None:
        """End the connection; *reset*: with a TCP reset, what is in the buffers lost."""
        self.talk.ended = True
        if reset:
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()

    async def secure(self, context: ssl.SSLContext) -> None:
        """Begin TLS; the client's bytes before the handshake count as in the clear.  Raises GoneError."""
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(self.transport, self, context, server_side=True)
        except (OSError, ssl.SSLError) as exc:
            self._end()
            raise GoneError from exc
        self.transport = secured
        self.talk.tls = True
