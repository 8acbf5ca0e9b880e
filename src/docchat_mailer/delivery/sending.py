"""Send what is pending, one letter at a time: mark it, hand it over, record what became of it.

Each step is a transaction of its own.  A crash between the first and the last leaves one row uncertain and
no other; nothing is ever sent twice by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from docchat_mailer.delivery.addressing import Envelope, envelope_for
from docchat_mailer.errors import DocChatError
from docchat_mailer.model.delivery import Courier, DeliveryId, Letter, Outcome, Verdict
from docchat_mailer.model.site import Sender
from docchat_mailer.model.subscriber import Follow
from docchat_mailer.rules.retry import next_attempt
from docchat_mailer.store import ledger, moves
from docchat_mailer.store.database import Database
from docchat_mailer.store.ledger import Due
from docchat_mailer.store.moves import Opened

GATE = timedelta(minutes=1)
"""How long a row waits that finds an earlier part still open for its reader."""

PAGE = 200
"""Rows read at a time."""


@dataclass(slots=True)
class SendReport:
    """What a run of sending has done so far; *total* is what it set out with."""

    total: int = 0
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    refused: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Rows that were looked at."""
        return self.accepted + self.deferred + self.rejected + self.uncertain + self.refused

    def count(self, outcome: Outcome) -> None:
        """Add one outcome."""
        match outcome.verdict:
            case Verdict.ACCEPTED:
                self.accepted += 1
            case Verdict.DEFERRED:
                self.deferred += 1
            case Verdict.REJECTED:
                self.rejected += 1
            case Verdict.UNCERTAIN:
                self.uncertain += 1
        if outcome.reason:
            self.by_reason[outcome.reason] = self.by_reason.get(outcome.reason, 0) + 1


async def send_due(
    db: Database,
    courier: Courier,
    *,
    key: bytes,
    sender: Sender,
    why: Callable[[Follow | None], str],
    now: Callable[[], datetime],
    stop: Callable[[], bool],
    jitter: Callable[[], float],
    progress: Callable[[SendReport], None] | None = None,
) -> SendReport:
    """Send every pending row that is due, edition by edition in the order of their publication.

    *stop* is asked before each letter; the one in hand is always finished.
    """
    report = SendReport()
    with db.read() as c:
        if not ledger.anything_open(c):
            return report
        waiting = ledger.open_editions(c)
        report.total = sum(ledger.pending(c, edition, now()) for edition in waiting)
    for edition in waiting:
        with db.read() as c:
            envelope = envelope_for(c, edition, key=key, sender=sender, why=why)
        run = _Run(
            db=db,
            edition=edition,
            envelope=envelope,
            now=now,
            stop=stop,
            jitter=jitter,
            report=report,
            progress=progress,
        )
        await run.send(courier)
    return report


@dataclass(kw_only=True)
class _Run:
    """The sending of one edition; *open* are the rows marked and not settled yet."""

    db: Database
    edition: int
    envelope: Envelope
    now: Callable[[], datetime]
    stop: Callable[[], bool]
    jitter: Callable[[], float]
    report: SendReport
    progress: Callable[[SendReport], None] | None
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    open: dict[DeliveryId, Due] = field(default_factory=dict)

    async def send(self, courier: Courier) -> None:
        """Carry out every letter of the edition."""
        try:
            async for id_, outcome in courier.deliver(self._letters(), lambda _id: None):
                self._settle(self.open.pop(id_), outcome)
        except DocChatError:
            # the courier says that it did not carry them: they wait again, as if they had not been opened
            self._close(Outcome(verdict=Verdict.DEFERRED, reason=NETWORK))
            raise
        except Exception as exc:
            # nobody knows how far it came
            self._close(Outcome(verdict=Verdict.UNCERTAIN, text=str(exc), reason="the courier failed"))
            raise

    def _close(self, outcome: Outcome) -> None:
        """Settle every row that is open, without charging an attempt."""
        now = self.now()
        while self.open:
            id_, _ = self.open.popitem()
            with self.db.write() as c:
                moves.settle(c, id_, self.token, outcome, now=now, charged=False)

    async def _letters(self) -> AsyncIterator[Letter]:
        """The letters, each marked in the ledger before it is handed over."""
        after = 0
        while rows := self._page(after):
            for due in rows:
                if self.stop():
                    return
                letter = self._opened(due)
                if letter is not None:
                    yield letter
                after = due.subscriber.id

    def _page(self, after: int) -> list[Due]:
        with self.db.read() as c:
            return ledger.next_pending(c, self.edition, self.now(), after=after, limit=PAGE)

    def _opened(self, due: Due) -> Letter | None:
        """Mark a row and make its letter; None where it may not be sent now, or cannot be made."""
        now = self.now()
        with self.db.write() as c:
            opened, dated_at = moves.open_row(c, due, self.token, now, gate=now + GATE)
        if opened is not Opened.YES:
            self.report.refused += 1
            return None
        self.open[due.id] = due
        try:
            return self.envelope.addressed_to(due.id, due.subscriber, dated_at)
        except ValueError as exc:
            self._settle(
                self.open.pop(due.id),
                Outcome(verdict=Verdict.REJECTED, text=str(exc), reason="the letter cannot be made"),
            )
            return None

    def _settle(self, due: Due, outcome: Outcome) -> None:
        """Record an outcome; a deferral that has lasted too long becomes a rejection."""
        now = self.now()
        later = None
        if outcome.verdict is Verdict.DEFERRED:
            later = next_attempt(due.attempts + 1, due.waiting_since, now, self.jitter())
            if later is None:
                outcome = Outcome(
                    verdict=Verdict.REJECTED,
                    code=outcome.code,
                    enhanced=outcome.enhanced,
                    text=outcome.text,
                    reason="expired",
                )
        with self.db.write() as c:
            moves.settle(
                c,
                due.id,
                self.token,
                outcome,
                now=now,
                not_before=later,
                charged=outcome.reason != NETWORK,
            )
        self.report.count(outcome)
        if self.progress is not None:
            self.progress(self.report)


NETWORK = "network"
"""The reason of an outcome for which no attempt is charged: the relay was never reached."""
