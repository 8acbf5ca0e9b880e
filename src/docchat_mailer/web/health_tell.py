"""``/healthz`` and ``/readyz``: whether the process answers, and whether it can do what it is for."""

from __future__ import annotations

import shutil
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from docchat_mailer.errors import DocChatError
from docchat_mailer.store import meta
from docchat_mailer.web.door import Door, aside

ROOM = 64 * 1024 * 1024
"""Bytes of free disk below which nothing more should be asked of it."""

TICK = 120.0
"""Seconds after which a worker that was there is missed."""

NO_STORE = {"Cache-Control": "no-store"}


class HealthTell:
    """For whoever watches: a proxy, a container, systemd."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def alive(self, _: Request) -> Response:
        """The process answers."""
        return JSONResponse({"alive": True}, headers=NO_STORE)

    async def ready(self, _: Request) -> Response:
        """Database, worker and disk; 503 where one of them is not well."""
        told = await aside(self._look)
        return JSONResponse(told, 200 if all(told.values()) else 503, headers=NO_STORE)

    def _look(self) -> dict[str, bool]:
        return {"database": self._database(), "worker": self._worker(), "disk": self._disk()}

    def _database(self) -> bool:
        try:
            with self._door.db.read() as c:
                meta.get(c, "instance")
        except DocChatError:
            return False
        return True

    def _worker(self) -> bool:
        """Whether it was heard of lately; where none was ever started, none is missed."""
        try:
            age = time.time() - self._door.heartbeat.stat().st_mtime
        except FileNotFoundError:
            return True
        return age < TICK

    def _disk(self) -> bool:
        state = self._door.state
        there = next(folder for folder in (state, *state.absolute().parents) if folder.exists())
        return shutil.disk_usage(there).free > ROOM
