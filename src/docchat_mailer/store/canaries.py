"""Canaries: the first slice of an edition goes out, then the rest waits for a judgement."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select, update

from docchat_mailer.model.publication import EditionState
from docchat_mailer.store.batches import IS_OPEN
from docchat_mailer.store.schema import batches, editions

WAIT = timedelta(minutes=10)
"""Between the canary and the judgement: time for bounces and complaints to come."""


def rest(c: Connection, edition: int, now: datetime) -> None:
    """Begin the wait of an edition whose canary is out; nothing happens where it has none, or it began."""
    canary_open = exists(
        select(1).where(batches.c.edition_id == editions.c.id, IS_OPEN, batches.c.canary.is_(True))
    )
    c.execute(
        update(editions)
        .where(
            editions.c.id == edition,
            editions.c.canary_passed_at.is_(None),
            editions.c.canary_until.is_(None),
            editions.c.prepared_at.is_not(None),
            ~canary_open,
        )
        .values(canary_until=now + WAIT)
    )


def to_judge(c: Connection, now: datetime, *, state: EditionState = EditionState.PREPARED) -> list[int]:
    """Editions in *state* whose wait is over."""
    query = select(editions.c.id).where(
        editions.c.canary_passed_at.is_(None),
        editions.c.canary_until <= now,
        editions.c.state == state,
    )
    return list(c.execute(query).scalars())


def let_pass(c: Connection, edition: int, now: datetime) -> None:
    """The rest of the edition may go out."""
    c.execute(update(editions).where(editions.c.id == edition).values(canary_passed_at=now))
