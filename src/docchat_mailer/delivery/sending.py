"""Send what is due: batch after batch, several at a time, editions in the order of their publication."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from docchat_mailer.delivery.batch import send_batch
from docchat_mailer.delivery.dispatch import Dispatch, Mailing
from docchat_mailer.delivery.judging import judge_canary
from docchat_mailer.delivery.ledger_thread import LedgerThread
from docchat_mailer.delivery.recovering import replay
from docchat_mailer.delivery.report import SendReport
from docchat_mailer.delivery.resending import anything_to_send, send_once_more
from docchat_mailer.model.delivery import Courier
from docchat_mailer.store import accounting, batches, canaries, meta
from docchat_mailer.store.database import Database
from docchat_mailer.store.journal import Journal

SIGNERS = os.cpu_count() or 1
"""Threads that sign, or wait for the process that does: one for each processor."""


async def send_due(
    db: Database,
    courier: Courier,
    mailing: Mailing,
    *,
    journal: Path,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[SendReport], None] | None = None,
    report: SendReport | None = None,
) -> SendReport:
    """Send every batch that is due; the journal of the run is kept in the folder *journal*.

    *stop* is asked before each letter; those in hand are always finished.  *report* is counted in, so that it
    is known also where this raises.

    Raises what the courier or the database raises, after all that is known was recorded.
    """
    report = SendReport() if report is None else report
    if not _anything_to_do(db, mailing):
        return report
    replay(db, journal, mailing.now())
    send_once_more(db, mailing.now(), everywhere=mailing.resend)
    with db.write() as c:
        instance = meta.instance(c)
    signing = ThreadPoolExecutor(SIGNERS, thread_name_prefix="sign") if mailing.sign else nullcontext()
    with signing as signers:
        async with LedgerThread(db) as ledger:
            dispatch = Dispatch(
                mailing=mailing,
                ledger=ledger,
                journal=Journal(journal, instance),
                stop=stop,
                report=report,
                progress=progress,
                signers=signers,
            )
            try:
                await _Run(dispatch, courier).send()
            finally:
                dispatch.journal.close()
    return report


def _anything_to_do(db: Database, mailing: Mailing) -> bool:
    with db.read() as c:
        if batches.anything_open(c):
            return True
    return anything_to_send(db, mailing.now(), everywhere=mailing.resend)


class _Run:
    """Workers over one queue of batches; when one fails, the others finish what they have in hand."""

    def __init__(self, dispatch: Dispatch, courier: Courier) -> None:
        self._dispatch, self._courier = dispatch, courier
        self._stop = dispatch.stop
        self._errors: list[Exception] = []
        dispatch.stop = self._stopping

    def _stopping(self) -> bool:
        return bool(self._errors) or self._stop()

    async def send(self) -> None:
        """Send until nothing is due that was not tried in this run."""
        tried: set[int] = set()
        while not self._stopping():
            due = await self._due(tried)
            if not due:
                return
            tried.update(due)
            queue = deque(due)
            await asyncio.gather(*(self._work(queue) for _ in range(self._dispatch.mailing.connections)))
            if self._errors:
                raise self._errors[0]

    async def _due(self, tried: set[int]) -> list[int]:
        now = self._dispatch.mailing.now()
        await self._dispatch.ledger.write(
            lambda c: [judge_canary(c, e, now) for e in canaries.to_judge(c, now)]
        )
        found = await self._dispatch.ledger.read(lambda c: batches.ready(c, now))
        due = [batch for batch in found if batch not in tried]
        self._dispatch.report.total += await self._dispatch.ledger.read(
            lambda c: accounting.pending_in(c, due)
        )
        return due

    async def _work(self, queue: deque[int]) -> None:
        while queue and not self._stopping():
            try:
                await send_batch(self._dispatch, queue.popleft(), self._courier)
            except Exception as exc:  # noqa: BLE001 - kept, and raised when the others are done
                self._errors.append(exc)
