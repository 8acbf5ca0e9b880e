"""Serving: a socket on loopback, the application behind the guard, and an end that is clean."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import uvicorn

from docchat_mailer.errors import UsageError
from docchat_mailer.preview.guard import Guard
from docchat_mailer.preview.mirror import Mirror
from docchat_mailer.preview.news import News
from docchat_mailer.preview.routes import Preview
from docchat_mailer.preview.stage import OpenStage
from docchat_mailer.preview.watching import saves

HOST = "127.0.0.1"
PATIENCE = 2
"""Seconds that an answer may still take when the preview is to end."""


class _Server(uvicorn.Server):
    """A server whose signals are ours: uvicorn would raise them again after it ended."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(open_stage: OpenStage, *, port: int, ready: Callable[[str], None], host: str = HOST) -> None:
    """Show the site until SIGTERM or SIGINT; *ready* is told the address once it answers.

    Raises UsageError for an address that is not loopback or a port that is taken, and what opening the
    site raises.
    """
    with _bound(host, port) as listener:
        asyncio.run(_serve(open_stage, listener, ready))


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    if not ipaddress.ip_address(host).is_loopback:
        raise UsageError(
            f"the preview cannot listen on {host}",
            why="it shows drafts to whoever asks",
            fix="leave it on this machine; a tunnel of ssh brings it to another",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as exc:
            raise UsageError(
                f"port {port} cannot be used",
                why=str(exc.strerror),
                fix="take another, or 0 for any that is free",
            ) from exc
        yield listener


async def _serve(open_stage: OpenStage, listener: socket.socket, ready: Callable[[str], None]) -> None:
    address, port = listener.getsockname()[:2]
    loop, stop, news = asyncio.get_running_loop(), asyncio.Event(), News()
    with ThreadPoolExecutor(1, "mirror") as thread:
        mirror = await loop.run_in_executor(thread, Mirror, open_stage)
        try:
            preview = Preview(mirror, thread, news)
            server = _Server(
                uvicorn.Config(
                    Guard(preview.app(), port),
                    loop="asyncio",
                    http="h11",
                    ws="none",
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    timeout_graceful_shutdown=PATIENCE,
                )
            )
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop.set)
            name = f"[{address}]" if ":" in address else address
            ready(f"http://{name}:{port}/")
            await asyncio.gather(
                server.serve(sockets=[listener]), _follow(preview, mirror, stop), _end(server, news, stop)
            )
        finally:
            await loop.run_in_executor(thread, mirror.close)


async def _follow(preview: Preview, mirror: Mirror, stop: asyncio.Event) -> None:
    try:
        async for changed in saves(lambda: mirror.stage, stop):
            await preview.refresh(changed)
    finally:
        stop.set()


async def _end(server: uvicorn.Server, news: News, stop: asyncio.Event) -> None:
    await stop.wait()
    news.end()
    server.should_exit = True
