"""The operator stops a mailing: before its audience is frozen all of it, afterwards what still waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from docchat_mailer.delivery.fan_out import tags_of
from docchat_mailer.errors import UsageError
from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.publication import EditionState, Kind
from docchat_mailer.model.series import part_key
from docchat_mailer.store import accounting, cancelling, editions, publications, subscribers
from docchat_mailer.store.database import Connection, Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """One mailing, and whom its cancelling touches.

    *spared* is how many would not get it: those whose delivery waits or, before the fan-out, who would be its
    audience now.  *rows* is what the ledger says of it, nothing before the fan-out.
    """

    edition: int
    part: str
    kind: Kind
    state: EditionState
    fanned_out: bool
    spared: int
    rows: Mapping[DeliveryState, int]

    @property
    def sending(self) -> int:
        """Deliveries that are on their way: they settle by themselves."""
        return self.rows.get(DeliveryState.SENDING, 0)

    @property
    def stoppable(self) -> bool:
        """Whether there is anything left to stop."""
        under_way = not self.fanned_out or self.spared + self.sending > 0
        return self.state is not EditionState.CANCELLED and under_way


def reach(db: Database, target: str) -> Reach:
    """The mailing that ``EDITION`` or ``SERIES/PART`` names.

    Of a part with several, the one that can still be stopped is meant.  Raises UsageError where there is
    none, or more than one.
    """
    with db.read() as c:
        found = [_reach(c, edition) for edition in editions_named(c, target)]
    stoppable = [each for each in found if each.stoppable]
    if len(stoppable) > 1:
        there = ", ".join(f"{each.edition} ({each.kind})" for each in stoppable)
        raise UsageError(
            f"{target} has several mailings", why=f"editions {there}", fix=f"cancel {stoppable[0].edition}"
        )
    return stoppable[0] if stoppable else found[-1]


def cancel(db: Database, edition: int, now: datetime) -> int:
    """Stop an edition for good; returns how many deliveries waited and are cancelled."""
    return db.retrying(lambda c: cancelling.cancel(c, edition, now))


def settle_cancelled(db: Database, now: datetime) -> int:
    """Cancel what came to wait after its edition was cancelled, such as a letter that the relay put off."""
    with db.read() as c:
        left = cancelling.left_over(c)
    if not left:
        return 0
    return sum(db.retrying(partial(cancelling.settle, edition=edition, now=now)) for edition in left)


def editions_named(c: Connection, target: str) -> list[int]:
    """The editions that ``EDITION`` or ``SERIES/PART`` names.

    Raises UsageError where there is none.
    """
    if target.isdecimal():
        if any(edition.id == int(target) for edition in editions.editions(c)):
            return [int(target)]
        raise UsageError(f"there is no edition {target}", fix="see `docchat-mailer deliveries`")
    series, _, number = target.rpartition("/")
    found = cancelling.editions_of(c, series, int(number)) if number.isdecimal() else []
    if not found:
        raise UsageError(
            f"{target!r} names no mailing",
            why="it is neither an edition nor a part that is out and mailed",
            fix="name an edition such as 7, or a part such as therapeutic-massage/2",
        )
    return found


def _reach(c: Connection, number: int) -> Reach:
    edition = editions.get_edition(c, number)
    publication = publications.get_publication(c, edition.publication)
    rows = accounting.sums(c, number)
    fanned_out = edition.prepared_at is not None
    if fanned_out:
        spared = rows[DeliveryState.PENDING]
    else:
        tags = tags_of(c, publication)
        spared = subscribers.count_followers(c, publication.series, tags, kind=publication.kind)
    return Reach(
        edition=number,
        part=part_key(publication.series, publication.number),
        kind=publication.kind,
        state=edition.state,
        fanned_out=fanned_out,
        spared=spared,
        rows=rows,
    )
