"""One thread beside the event loop in which the ledger is asked and told: the loop never waits for a disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from docchat_mailer.errors import BusyError, ConflictError
from docchat_mailer.store.database import Connection, Database

T = TypeVar("T")

TRIES = 6
"""How often a write is tried where another process holds the database; each try waits as long as it may."""


class LedgerThread:
    """Runs transactions one after the other."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish what was asked, and end the thread."""
        self._thread.shutdown()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What *work* returns from a transaction that may write.

        Raises BusyError where the database stays locked, ConflictError where others get in the way each time,
        and whatever *work* raises.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What *work* returns from a transaction that only reads."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, work)

    def _write(self, work: Callable[[Connection], T]) -> T:
        for _ in range(TRIES - 1):
            try:
                return self._once(work)
            except (BusyError, ConflictError):
                continue
        return self._once(work)

    def _once(self, work: Callable[[Connection], T]) -> T:
        with self._db.write() as c:
            return work(c)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._db.read() as c:
            return work(c)
