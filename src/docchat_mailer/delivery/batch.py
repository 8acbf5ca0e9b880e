"""Send one batch: claim it, open it window by window, hand its letters over, record what became of each.

Before a body goes to the wire the lease is checked and the journal told; when its answer is read the journal
is told again.  So after a crash at most one letter of a connection is uncertain, and nothing is sent twice
by itself.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

import structlog

from docchat_mailer.delivery.addressing import Envelope
from docchat_mailer.delivery.dispatch import Dispatch
from docchat_mailer.delivery.judging import Count, close_batch, judge
from docchat_mailer.delivery.leases import KEEP, Lease, LeaseLostError
from docchat_mailer.failpoints import failpoint
from docchat_mailer.model.delivery import Courier, DeliveryId, Letter, Outcome, Reason, Verdict
from docchat_mailer.rules.retry import next_attempt
from docchat_mailer.rules.windowing import window_size
from docchat_mailer.store import batches, windows
from docchat_mailer.store.batches import Claim
from docchat_mailer.store.database import Connection
from docchat_mailer.store.windows import Due, Settlement

GATE = timedelta(minutes=1)
"""How long a row waits that finds an earlier part still open for its reader."""

STEP = 0.5
"""Seconds after which a stop is heard while a turn is waited for."""

SOON = 1.0
"""Seconds that a letter may wait for its turn while the body of the one before waits with it.

They go out together then, in one round trip; for a longer wait the one before is finished first.
"""

CHUNK = 10
"""Letters signed in one go beside the event loop."""

log = structlog.get_logger("docchat.delivery")


async def send_batch(dispatch: Dispatch, batch: int, courier: Courier) -> bool:
    """Send what waits in a batch; False where it is done, busy, lost or not due.

    Raises what the courier raises, after all that is known was recorded.
    """
    now, token, lease = dispatch.mailing.now(), secrets.token_hex(8), Lease()
    claim = await dispatch.ledger.write(lambda c: batches.claim(c, batch, token, now))
    if claim is None:
        return False
    failpoint("claim.after")
    rows = await dispatch.ledger.read(lambda c: windows.waiting_rows(c, claim))
    run = _BatchRun(
        dispatch=dispatch,
        claim=claim,
        lease=lease,
        number=dispatch.journal.claim(claim),
        envelope=await dispatch.envelope(claim.edition),
        waiting=deque(rows),
    )
    return await run.send(courier)


@dataclass(kw_only=True)
class _BatchRun:
    """One batch of ours; *opened* are the rows marked and not settled, *handed* the one on the wire."""

    dispatch: Dispatch
    claim: Claim
    lease: Lease
    number: int
    envelope: Envelope
    waiting: deque[Due]
    opened: dict[DeliveryId, Due] = field(default_factory=dict)
    settled: list[Settlement] = field(default_factory=list)
    count: Count = field(default_factory=Count)
    handed: DeliveryId | None = None
    handed_at: float = 0.0
    since: float = field(default_factory=time.monotonic)
    sent: int = 0
    again: datetime | None = None
    unsure: bool = False  # whether the last window was recorded: nobody has heard yet

    async def send(self, courier: Courier) -> bool:
        """Carry out the letters of the batch; False where the batch was lost."""
        keeper = asyncio.ensure_future(self._keep())
        try:
            async with aclosing(courier.deliver(self._letters(), self._before_body)) as said:
                async for id_, outcome in said:
                    self._came_back(id_, outcome)
        except LeaseLostError as exc:
            log.warning("batch_lost", batch=self.claim.batch, reason=str(exc))
        finally:
            keeper.cancel()
            await self._close()
        return not self.lease.lost

    async def _keep(self) -> None:
        """Renew the lease while a slow answer is waited for."""
        while True:
            await asyncio.sleep(KEEP)
            asked = self.lease.clock()
            failpoint("lease.renew")
            if await self.dispatch.ledger.write(lambda c: batches.renew(c, self.claim)):
                self.lease.renewed(asked)
            else:
                self.lease.lost = True

    def _before_body(self, id_: DeliveryId) -> None:
        self.lease.check()
        failpoint("wire.before_journal")
        self.dispatch.journal.handing_over(self.number, id_)
        self.handed, self.handed_at = id_, time.monotonic()
        failpoint("wire.after_journal")

    def _came_back(self, id_: DeliveryId, outcome: Outcome) -> None:
        failpoint("reply.before_journal")
        handed = self.handed == id_
        if handed:
            self.handed = None
            self.dispatch.report.wire.sending.add(time.monotonic() - self.handed_at)
        self._settle(self.opened.pop(id_), outcome)
        if outcome.verdict is not Verdict.UNSENT:
            self.dispatch.pacer.sent()
        if outcome.reason == Reason.RATE:
            self.dispatch.complained = True
        if handed:
            self.dispatch.journal.came_back(self.number, id_, outcome)
            failpoint("reply.after_journal")

    def _settle(self, due: Due, outcome: Outcome) -> None:
        """Keep an outcome for the next transaction; a deferral that lasted too long is a rejection."""
        again = None
        if outcome.verdict is Verdict.DEFERRED:
            now, jitter = self.dispatch.mailing.now(), self.dispatch.mailing.jitter()
            again = next_attempt(due.attempts + 1, due.waiting_since, now, jitter)
            if again is None:
                outcome = Outcome(
                    verdict=Verdict.REJECTED,
                    code=outcome.code,
                    enhanced=outcome.enhanced,
                    text=outcome.text,
                    reason=Reason.EXPIRED,
                    relay=outcome.relay,
                )
        self.settled.append(Settlement(id=due.id, outcome=outcome, again=again))
        self.count.add(outcome)
        self.sent += 1
        self.dispatch.report.count(outcome)
        self.dispatch.told()

    async def _letters(self) -> AsyncIterator[Letter | None]:
        """The letters, each marked in the ledger before it is handed over, when its turn comes."""
        while self.waiting and not self.dispatch.stop():
            window = await self._next_window()
            if window is None:
                return
            rows = iter(window)
            while chunk := list(islice(rows, CHUNK if self.dispatch.signers else 1)):
                for due, letter in await self._made(chunk):
                    if isinstance(letter, Outcome):
                        self._settle(self.opened.pop(due.id), letter)
                        continue
                    wait = await self._turn()
                    if wait is None:
                        return
                    if wait > SOON:
                        yield None
                    if not await self._rested(wait):
                        return
                    yield letter

    async def _turn(self) -> float | None:
        """Seconds until the next letter may go; None where none may go any more, or not today."""
        if self.dispatch.stop():
            return None
        wait = await self.dispatch.turn()
        if wait is None:
            self.again = self.dispatch.pacer.until_tomorrow()
        return wait

    async def _rested(self, seconds: float) -> bool:
        """Wait for a turn, in steps, so that a stop is heard; False where it was."""
        while seconds > 0 and not self.dispatch.stop():
            await asyncio.sleep(min(seconds, STEP))
            seconds -= STEP
        return not self.dispatch.stop()

    async def _next_window(self) -> list[tuple[Due, datetime]] | None:
        """Settle what is known and open the next rows; None where the batch may not go on."""
        largest = self.dispatch.largest_window()
        if self.sent:
            self.dispatch.recent = (self.sent, time.monotonic() - self.since)
        size = window_size(largest, *self.dispatch.recent)
        self.since, self.sent = time.monotonic(), 0
        wanted = {due.id: due for due in islice(self.waiting, size)}
        settled, count = self.settled, self.count
        asked, now = self.lease.clock(), self.dispatch.mailing.now()
        # as if opened already: where the answer to the commit is lost, they are let go of as unsent
        self.opened.update(wanted)

        def turn(c: Connection) -> _Turn:
            windows.settle(c, self.claim, settled, now=now)
            held = batches.renew(c, self.claim, **count.as_columns())
            paused = judge(c, self.claim.edition, count)
            if not held or not windows.may_go_on(c, self.claim.edition):
                return _Turn(held=held, paused=paused, opened=None)
            marked = windows.open_rows(c, self.claim, list(wanted), now=now, gate=now + GATE)
            return _Turn(held=held, paused=paused, opened=marked)

        self.unsure = True
        turned = await self.dispatch.ledger.write(turn)
        failpoint("window.after_commit")
        self.unsure = False
        self.settled, self.count = self.settled[len(settled) :], Count()
        if turned.paused:
            self.dispatch.report.paused[self.claim.edition] = turned.paused
        if not turned.held:
            self.lease.lost = True
        for id_ in wanted.keys() - (turned.opened or {}).keys():
            del self.opened[id_]
        if turned.opened is None:
            return None
        self.lease.renewed(asked)
        for _ in wanted:
            self.waiting.popleft()
        self.dispatch.report.refused += len(wanted) - len(turned.opened)
        return [(wanted[id_], dated_at) for id_, dated_at in turned.opened.items()]

    async def _made(self, chunk: Sequence[tuple[Due, datetime]]) -> list[tuple[Due, Letter | Outcome]]:
        """Letters for rows that are open, or the outcome of one that cannot be made.

        Signing is left to threads, which leave it to other processors.
        """
        rows = [(due.id, due.subscriber, dated_at, due.asked) for due, dated_at in chunk]
        if self.dispatch.signers is None:
            made = self.envelope.addressed(rows)
        else:
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self.dispatch.signers, self.envelope.addressed, rows)
        return [(due, _refused(made[due.id])) for due, _ in chunk]

    async def _close(self) -> None:
        """Settle everything, and let the batch go.

        What was open and not handed over waits again; what was handed over without an answer is uncertain.
        """
        for id_, due in list(self.opened.items()):
            if id_ == self.handed:
                outcome = Outcome(verdict=Verdict.UNCERTAIN, reason=Reason.NO_REPLY)
            else:
                outcome = Outcome(verdict=Verdict.UNSENT)
            self._settle(due, outcome)
        settled, count, now = self.settled, self.count, self.dispatch.mailing.now()
        known = self.claim.edition in self.dispatch.sound

        def close(c: Connection) -> tuple[str | None, bool]:
            left, counted = _unrecorded(c, self.claim, settled) if self.unsure else (settled, count)
            windows.settle(c, self.claim, left, now=now)
            batches.renew(c, self.claim, **counted.as_columns())
            failpoint("settle.before_commit")
            return close_batch(c, self.claim, counted, now=now, known_sound=known, again=self.again)

        paused, sound = await self.dispatch.ledger.write(close)
        failpoint("settle.after_commit")
        if paused:
            self.dispatch.report.paused[self.claim.edition] = paused
        if sound:
            self.dispatch.sound.add(self.claim.edition)
        self.dispatch.journal.settled(self.number)


def _unrecorded(c: Connection, claim: Claim, settled: Sequence[Settlement]) -> tuple[list[Settlement], Count]:
    """Those of *settled* that are still open, and their count.

    The answer to a commit was lost: if it was done, its rows are settled and counted, else none of them is.
    """
    still_open = set(windows.rows_of(c, claim.batch, claim.token))
    left, count = [one for one in settled if one.id in still_open], Count()
    for one in left:
        count.add(one.outcome)
    return left, count


def _refused(made: Letter | ValueError) -> Letter | Outcome:
    """A letter as it is, and the outcome of one that cannot be made."""
    if isinstance(made, Letter):
        return made
    return Outcome(verdict=Verdict.REJECTED, text=str(made)[:200], reason="the letter cannot be made")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """What came of asking for a window: *opened* is None where the batch may not go on."""

    held: bool
    paused: str | None
    opened: dict[DeliveryId, datetime] | None
