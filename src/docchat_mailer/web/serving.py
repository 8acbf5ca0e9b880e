"""Serving: a socket, the application, patience with slow clients, and an end that is clean."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from docchat_mailer.errors import UsageError
from docchat_mailer.web.door import Door
from docchat_mailer.web.patience import PatientProtocol
from docchat_mailer.web.routes import application

PATIENCE = 10
"""Seconds that answers may still take when the server is to end."""

CONNECTIONS = 10_000
"""Connections at once; more are told to come back."""

OWN_FILES = 200
"""Files and sockets that are not readers' connections: the database, published files, the log."""

IDLE = 5
"""Seconds a connection may stand without a question."""

BACKLOG = 1024


class _Server(uvicorn.Server):
    """A server whose signals are ours: uvicorn would raise them again after it ended."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(door: Door, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Answer until SIGTERM or SIGINT; *ready* is told the address once it answers.

    Raises UsageError for an address that cannot be listened on.
    """
    _keep_quiet()
    with bound(host, port) as listener:
        asyncio.run(_until_told(door, listener, ready))


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens.

    Raises UsageError where it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError as exc:
            raise UsageError(
                f"{host}:{port} cannot be listened on",
                why=str(exc.strerror),
                fix="correct [web] listen, or end what listens there; port 0 takes any that is free",
            ) from exc
        yield listener


def _places() -> int:
    """How many connections this process can have: as many files as it may open, and some to spare."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = CONNECTIONS + OWN_FILES
    wished = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft != resource.RLIM_INFINITY and soft < wished:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))
        soft = wished
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(CONNECTIONS, soft - OWN_FILES))


def _keep_quiet() -> None:
    """Hush what uvicorn prints: whatever anybody sends that is no HTTP, and faults that are told already."""
    told = logging.getLogger("uvicorn.error")
    told.propagate = False
    told.addHandler(logging.NullHandler())


async def _until_told(door: Door, listener: socket.socket, ready: Callable[[str], None]) -> None:
    address, port = listener.getsockname()[:2]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    name = f"[{address}]" if ":" in address else address
    ready(f"http://{name}:{port}/")
    await answer(door, listener, stop, connections=_places())


async def answer(
    door: Door,
    listener: socket.socket,
    stop: asyncio.Event,
    protocol: type[PatientProtocol] = PatientProtocol,
    connections: int = CONNECTIONS,
) -> None:
    """Answer on *listener* until *stop*, with the patience of *protocol*."""
    server = _Server(
        uvicorn.Config(
            application(door),
            loop="asyncio",
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            limit_concurrency=connections,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=PATIENCE,
        )
    )
    await asyncio.gather(server.serve(sockets=[listener]), _end(server, stop))


async def _end(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True
