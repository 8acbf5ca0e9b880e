"""A TCP proxy that makes a port of this machine seem far away: every byte travels so many milliseconds.

    python bench/far_away.py --to 2525 --delay 15        # 15 ms each way: a round trip of 30

It prints the port it listens at.  Only data is late; the connection itself stands at once.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class End(asyncio.Protocol):
    """One end of a proxied connection; what it reads comes out of the *other* end later."""

    def __init__(self, delay: float, other: End | None = None) -> None:
        self.delay, self.other = delay, other
        self.transport: asyncio.Transport | None = None
        self.travelling: deque[bytes | None] = deque()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self._travel(data)

    def eof_received(self):
        self._travel(None)
        return True

    def connection_lost(self, exc):  # noqa: ARG002
        self._travel(None)

    def _travel(self, data):
        self.travelling.append(data)
        asyncio.get_running_loop().call_later(self.delay, self._arrive)

    def _arrive(self):
        data, far = self.travelling.popleft(), self.other.transport if self.other else None
        if far is None or far.is_closing():
            return
        if data is None:
            far.close()
        else:
            far.write(data)


class Door(End):
    """The end a client comes in by: it opens the far one."""

    def __init__(self, delay: float, port: int) -> None:
        super().__init__(delay)
        self.port = port

    def connection_made(self, transport):
        super().connection_made(transport)
        transport.pause_reading()
        self.task = asyncio.get_running_loop().create_task(self._open())

    async def _open(self):
        loop = asyncio.get_running_loop()
        try:
            _, self.other = await loop.create_connection(
                lambda: End(self.delay, self), "127.0.0.1", self.port
            )
        except OSError:
            self.transport.abort()
            return
        self.transport.resume_reading()


@contextmanager
def far_away(port: int, delay: float) -> Iterator[int]:
    """A port that leads to *port*, *delay* milliseconds away, for as long as the block lasts."""
    with subprocess.Popen(
        [sys.executable, Path(__file__), "--to", str(port), "--delay", str(delay)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


async def _serve(port: int, delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Door(delay, port), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=int, required=True, help="port of this machine")
    parser.add_argument("--delay", type=float, required=True, help="milliseconds each way")
    given = parser.parse_args()
    asyncio.run(_serve(given.to, given.delay / 1000))
