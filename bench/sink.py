"""A fast SMTP sink for measuring clients: it parses just enough, counts, and keeps nothing.

As a process it prints its port; ``STAT`` on any connection answers its figures as JSON::

    python bench/sink.py --delay 30 --cap 200

A bench uses ``started``, which makes such a process, checks that it reached its own, and ends it.
*delay* holds every reply back, as a round trip would; *cap* refuses MAIL above a rate, as a relay would.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

END = b"\r\n.\r\n"
DEEP = 200
"""Connections the kernel may keep waiting for us."""


@dataclass
class Figures:
    """What the sink saw; times are of the monotonic clock, which all processes of a machine share."""

    messages: int = 0
    octets: int = 0
    connections: int = 0
    throttled: int = 0
    first: float = 0
    last: float = 0
    throttled_at: Counter[int] = field(default_factory=Counter)
    taken_at: Counter[int] = field(default_factory=Counter)

    def told(self) -> bytes:
        """As one line of JSON, with our process and the processor seconds it used."""
        spent = time.process_time()
        return json.dumps({**vars(self), "process": os.getpid(), "processor": spent}).encode("ascii")


@dataclass
class Cap:
    """A bucket that *rate* tokens a second flow into, *burst* at most."""

    rate: float
    burst: float
    tokens: float = 0
    at: float = 0

    def take(self, now: float) -> bool:
        """Whether one more may pass now."""
        flowed = (now - self.at) * self.rate if self.at else self.burst
        self.tokens, self.at = min(self.burst, self.tokens + flowed), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """How the sink behaves; *delay* is in seconds, *login* ``name:password``."""

    pipelining: bool = True
    delay: float = 0
    cap: Cap | None = None
    throttle: bytes = b"451 4.7.1 slow down\r\n"
    context: ssl.SSLContext | None = None
    implicit: bool = False
    login: str = ""
    recycle: int = 0


class Fast(asyncio.Protocol):
    """One connection: commands until DATA, bytes until the dot, and so on."""

    def __init__(self, figures: Figures, offer: Offer) -> None:
        self.figures, self.offer = figures, offer
        self.rest = b""
        self.in_body = self.secured = self.logged_in = self.open = self.closing = False
        self.tail = b"\r\n"
        self.later: deque[bytes] = deque()
        self.taken = 0

    def connection_made(self, transport):
        again = self.secured
        self.transport, self.loop = transport, asyncio.get_running_loop()
        self.secured = transport.get_extra_info("ssl_object") is not None
        if again or (self.secured and not self.offer.implicit):
            return
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.figures.connections += 1
        self._say(b"220 fast.example ESMTP\r\n")

    def data_received(self, data):
        said = []
        while data:
            data = self._body(data, said) if self.in_body else self._commands(data, said)
        if said:
            self._say(b"".join(said))
        if self.closing:
            self.loop.call_later(self.offer.delay, self.transport.close)

    def _say(self, said):
        if not self.offer.delay:
            self.transport.write(said)
            return
        self.later.append(said)
        self.loop.call_later(self.offer.delay, self._say_late)

    def _say_late(self):
        self.transport.write(self.later.popleft())

    def _body(self, data, said):
        """Skip to behind the dot, which may come in pieces: *tail* is what the last ones ended with."""
        joined = self.tail + data[:4]
        at = joined.find(END)
        end = at - len(self.tail) + 5 if at >= 0 else data.find(END) + 5
        if at < 0 and end < 5:
            self.figures.octets += len(data)
            self.tail = (self.tail + data)[-4:] if len(data) < 4 else data[-4:]
            return b""
        now = time.monotonic()
        figures = self.figures
        figures.octets += end
        figures.messages += 1
        figures.first = figures.first or now
        figures.last = now
        if self.offer.cap:
            figures.taken_at[int(now)] += 1
        self.in_body = self.open = False
        said.append(b"250 2.0.0 queued\r\n")
        return data[end:]

    def _commands(self, data, said):
        data, self.rest = self.rest + data, b""
        start = 0
        while (end := data.find(b"\r\n", start)) >= 0:
            said.append(self._reply(data[start:end], data[start : start + 4].upper()))
            start = end + 2
            if self.in_body:
                self.tail = b"\r\n"
                return data[start:]
        self.rest = data[start:]
        return b""

    def _reply(self, line, verb):
        if verb == b"MAIL":
            return self._mail()
        if verb == b"RCPT":
            return b"250 2.1.5 ok\r\n" if self.open else b"503 5.5.1 MAIL first\r\n"
        if verb == b"DATA":
            if not self.open:
                return b"503 5.5.1 MAIL first\r\n"
            self.in_body = True
            return b"354 go\r\n"
        return self._seldom(line, verb)

    def _mail(self):
        if self.offer.login and not self.logged_in:
            return b"530 5.7.0 log in first\r\n"
        if self.offer.recycle and self.taken >= self.offer.recycle:
            self.closing = True
            return b"421 4.7.0 enough on this connection\r\n"
        now = time.monotonic()
        if self.offer.cap and not self.offer.cap.take(now):
            self.figures.throttled += 1
            self.figures.throttled_at[int(now)] += 1
            self.closing = self.offer.throttle.startswith(b"421")
            return self.offer.throttle
        self.open = True
        self.taken += 1
        return b"250 2.1.0 ok\r\n"

    def _seldom(self, line, verb):
        if verb == b"EHLO":
            return self._hello()
        if verb == b"QUIT":
            self.closing = True
            return b"221 2.0.0 bye\r\n"
        if verb == b"STAT":
            return b"250 " + self.figures.told() + b"\r\n"
        if verb == b"AUTH":
            return self._log_in(line)
        if verb == b"STAR" and self.offer.context and not self.secured:
            self.task = self.loop.create_task(self._secure())
            return b""
        if verb == b"RSET":
            self.open = False
        return b"250 2.0.0 ok\r\n"

    def _hello(self):
        words = [b"fast.example", b"8BITMIME", b"SIZE 50000000", b"SMTPUTF8", b"ENHANCEDSTATUSCODES"]
        words += [b"PIPELINING"] * self.offer.pipelining
        words += [b"STARTTLS"] * bool(self.offer.context and not self.secured)
        words += [b"AUTH PLAIN"] * bool(self.offer.login and (self.secured or not self.offer.context))
        return b"".join(b"250-%s\r\n" % word for word in words[:-1]) + b"250 %s\r\n" % words[-1]

    def _log_in(self, line):
        name, _, password = self.offer.login.partition(":")
        right = base64.b64encode(f"\0{name}\0{password}".encode())
        self.logged_in = line.split()[-1] == right
        return b"235 2.7.0 welcome\r\n" if self.logged_in else b"535 5.7.8 who are you?\r\n"

    async def _secure(self):
        if self.offer.delay:
            await asyncio.sleep(self.offer.delay)
        self.transport.write(b"220 2.0.0 go ahead\r\n")
        self.secured = True  # what comes next came through TLS, and may be heard before we are told
        self.transport = await self.loop.start_tls(self.transport, self, self.offer.context, server_side=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """A sink in a process of its own."""

    port: int
    process: subprocess.Popen

    def figures(self) -> dict:
        """What it saw so far.  Raises RuntimeError if another process has its port."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as raw:
            lines = raw.makefile("rb")
            lines.readline()
            raw.sendall(b"STAT\r\n")
            told = json.loads(lines.readline()[4:])
        if told["process"] != self.process.pid:
            raise RuntimeError(f"the sink at port {self.port} is not ours")
        return told


@contextmanager
def started(*arguments: str) -> Iterator[Started]:
    """A sink with the given arguments, for as long as the block lasts; not with implicit TLS."""
    with subprocess.Popen(
        [sys.executable, Path(__file__), *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            sink = Started(port=int(process.stdout.readline()), process=process)
            if "--implicit" not in arguments:
                sink.figures()
            yield sink
        finally:
            process.terminate()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds before each reply")
    parser.add_argument("--cap", type=float, default=0, help="messages a second it takes; 0: any number")
    parser.add_argument(
        "--burst", type=float, default=0, help="messages it takes at once; 0: those of a second"
    )
    parser.add_argument("--throttle", default="451 4.7.1 slow down", help="what it says above the cap")
    parser.add_argument(
        "--recycle", type=int, default=0, help="messages a connection may carry; 0: any number"
    )
    parser.add_argument("--no-pipelining", action="store_true", help="do not offer it")
    parser.add_argument("--certificate", type=Path, help="PEM file: offers STARTTLS")
    parser.add_argument("--key", type=Path, help="PEM file")
    parser.add_argument("--implicit", action="store_true", help="TLS from the first byte")
    parser.add_argument("--login", default="", help="name:password that MAIL needs")
    return parser.parse_args()


def _offer(given: argparse.Namespace) -> Offer:
    context = None
    if given.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.certificate, given.key)
    return Offer(
        pipelining=not given.no_pipelining,
        delay=given.delay / 1000,
        cap=Cap(given.cap, given.burst or max(1.0, given.cap)) if given.cap else None,
        throttle=given.throttle.encode("ascii") + b"\r\n",
        context=context,
        implicit=given.implicit,
        login=given.login,
        recycle=given.recycle,
    )


async def _serve(given: argparse.Namespace) -> None:
    figures, offer = Figures(), _offer(given)
    server = await asyncio.get_running_loop().create_server(
        lambda: Fast(figures, offer),
        "127.0.0.1",
        given.port,
        ssl=offer.context if offer.implicit else None,
        backlog=DEEP,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
