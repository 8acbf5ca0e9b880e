"""How far the mailing is that is under way, read from the ledger: whoever sends it need not be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.model.publication import Edition, Kind
from docchat_mailer.model.series import part_key
from docchat_mailer.rules.rates import speed, time_left
from docchat_mailer.store import batches, editions, progress as counts, publications
from docchat_mailer.store.database import Connection, Database

WINDOW = timedelta(minutes=1)
"""The speed is that of the last minute: rows are settled a hundred at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """An edition on its way: *done* of *total* deliveries are settled, *rate* letters a second are tried.

    *ends_at* is when the last is out at that rate, None where nothing moves.  *deferred* are tried again.
    """

    edition: int
    part: str
    kind: Kind
    done: int
    total: int
    rate: float
    ends_at: datetime | None
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0


def progress(db: Database, now: datetime) -> Progress | None:
    """The oldest edition that may be sent and is not all out; None where there is none."""
    with db.read() as c:
        running = batches.open_editions(c)
        return _progress(c, editions.get_edition(c, running[0]), now) if running else None


def under_way(db: Database, now: datetime, most: int) -> list[Progress]:
    """The editions that may be sent and are not all out, oldest first: the newest *most* of them."""
    with db.read() as c:
        running = batches.open_editions(c)[-most:]
        return [_progress(c, editions.get_edition(c, number), now) for number in running]


def watch(
    db: Database, now: Callable[[], datetime], sleep: Callable[[float], object], every: timedelta
) -> Iterator[Progress | None]:
    """Look, and look again after *every*, for as long as somebody asks."""
    while True:
        yield progress(db, now())
        sleep(every.total_seconds())


def _progress(c: Connection, edition: Edition, now: datetime) -> Progress:
    publication = publications.get_publication(c, edition.publication)
    since = max(now - WINDOW, edition.prepared_at or now)
    counted = counts.tried(c, edition.id, since)
    rate = speed(counted.recent, now - since)
    left = time_left(counted.waiting, rate)
    return Progress(
        edition=edition.id,
        part=part_key(publication.series, publication.number),
        kind=publication.kind,
        done=edition.candidates - counted.waiting,
        total=edition.candidates,
        rate=rate,
        ends_at=None if left is None else now + left,
        deferred=counted.deferred,
        rejected=counted.rejected,
        uncertain=counted.uncertain,
    )
