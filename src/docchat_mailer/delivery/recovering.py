"""What a worker that died left behind: its journal says what it knew, and only the rest is uncertain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from docchat_mailer.errors import FileError
from docchat_mailer.failpoints import failpoint
from docchat_mailer.model.delivery import DeliveryId, Outcome, Reason, Verdict
from docchat_mailer.store import batches, meta, windows
from docchat_mailer.store.batches import SLOT, Claim
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.journal import ClaimRecord, boot_id, orphans
from docchat_mailer.store.windows import Settlement

log = structlog.get_logger("docchat.delivery")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovered:
    """What became of rows that were left open: settled by a journal, back to pending, or uncertain."""

    settled: int = 0
    unsent: int = 0
    uncertain: int = 0

    def __add__(self, other: Recovered) -> Recovered:
        """Both together."""
        return Recovered(
            settled=self.settled + other.settled,
            unsent=self.unsent + other.unsent,
            uncertain=self.uncertain + other.uncertain,
        )


def recover(db: Database, journal: Path, now: datetime) -> Recovered:
    """Take over from workers that are gone; only for a worker that holds the site on this host alone.

    Where the database is a file, that proves every lease dead.  On a server other hosts may hold some, and
    theirs run out; so does that of a claim which did not get as far as a journal.
    """
    done = replay(db, journal, now)
    if db.is_server:
        return done
    with db.read() as c:
        leased = batches.leased(c)
    if not leased:
        return done
    with db.write() as c:
        uncertain = batches.doubt(c, leased, now)
        batches.drop_leases(c, leased)
    return done + Recovered(uncertain=uncertain)


def replay(db: Database, journal: Path, now: datetime, boot: str | None = None) -> Recovered:
    """Settle what the journals of processes that are gone know; each is removed once that is recorded.

    A journal of another database, or of a version that is not known, is left where it is.
    """
    here = boot_id() if boot is None else boot
    done = Recovered()
    for orphan in orphans(journal):
        try:
            record = orphan.read()
        except FileError as exc:
            log.warning("journal_refused", path=str(orphan.path), reason=str(exc))
            continue
        with db.write() as c:
            if record.claims and record.instance and record.instance != meta.instance(c):
                log.warning("journal_refused", path=str(orphan.path), reason="it is of another database")
                continue
            sure = record.whole and bool(here) and record.boot == here
            for claim in record.claims:
                done += _settle(c, claim, now, sure=sure)
                failpoint("replay.mid")
        orphan.remove()
        log.info("journal_replayed", claims=len(record.claims), whole=record.whole)
    return done


def _settle(c: Connection, record: ClaimRecord, now: datetime, *, sure: bool) -> Recovered:
    """Settle the rows of one claim, and free its batch: the process that held it is gone.

    *sure* is whether what is not written did not happen.
    """
    claim = Claim(batch=record.batch, edition=record.edition, destination="", token=record.token)
    # first: it waits for a commit of the process that is still on its way
    batches.drop_claim(c, claim)
    open_rows = set(windows.rows_of(c, record.batch, record.token))
    known = [
        Settlement(id=i, outcome=o, again=_again(o, now))
        for i, o in record.outcomes.items()
        if i in open_rows
    ]
    rest = list(_rest(record, open_rows, sure=sure))
    windows.settle(c, claim, [*known, *rest], now=now)
    for id_, outcome in record.outcomes.items():
        if id_ not in open_rows and outcome.verdict is Verdict.ACCEPTED:
            windows.learn_accepted(c, id_, outcome, now)
    unsent = sum(settlement.outcome.verdict is Verdict.UNSENT for settlement in rest)
    return Recovered(settled=len(known), unsent=unsent, uncertain=len(rest) - unsent)


def _rest(record: ClaimRecord, open_rows: set[DeliveryId], *, sure: bool) -> Iterator[Settlement]:
    """The rows that no outcome is known of."""
    for id_ in open_rows - record.outcomes.keys():
        if id_ in record.handed or not sure:
            yield Settlement(id=id_, outcome=Outcome(verdict=Verdict.UNCERTAIN, reason=Reason.NO_REPLY))
        else:
            yield Settlement(id=id_, outcome=Outcome(verdict=Verdict.UNSENT))


def _again(outcome: Outcome, now: datetime) -> datetime | None:
    return now + SLOT if outcome.verdict is Verdict.DEFERRED else None
