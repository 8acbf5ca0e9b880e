"""Cancelled editions: what of them waits is settled, whoever held it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, or_, select, update

from docchat_mailer.model.delivery import BatchState, DeliveryState
from docchat_mailer.model.publication import EditionState
from docchat_mailer.store.batches import IS_OPEN, WAITING, doubt
from docchat_mailer.store.clock import database_now
from docchat_mailer.store.schema import batches, deliveries, editions, publications

REASON = "the edition was cancelled"


def editions_of(c: Connection, series: str, number: int) -> list[int]:
    """The editions of a part, its announcement's first."""
    query = (
        select(editions.c.id)
        .join(publications, publications.c.id == editions.c.publication_id)
        .where(publications.c.series == series, publications.c.number == number)
    )
    return list(c.execute(query.order_by(editions.c.id)).scalars())


def cancel(c: Connection, edition: int, now: datetime) -> int:
    """Stop an edition for good, fanned out or not; returns how many of its rows waited.

    A row that is being sent belongs to its worker, and so does its batch; nothing more of it is opened.
    """
    c.execute(
        update(editions).where(editions.c.id == edition).values(state=EditionState.CANCELLED, reason=None)
    )
    return settle(c, edition, now)


def settle(c: Connection, edition: int, now: datetime) -> int:
    """Settle what waits of a cancelled edition, and close the batches that nobody works on.

    What a worker that is gone left ``sending`` is uncertain.
    """
    free = list(c.execute(select(batches.c.id).where(batches.c.edition_id == edition, *_free())).scalars())
    doubt(c, free, now)
    waited = c.execute(
        update(deliveries)
        .where(deliveries.c.edition_id == edition, deliveries.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.CANCELLED, reason=REASON, changed_at=now)
    )
    waits = exists().where(deliveries.c.batch_id == batches.c.id, deliveries.c.state.in_(WAITING))
    c.execute(
        update(batches)
        .where(batches.c.id.in_(free), *_free(), ~waits)
        .values(state=BatchState.DONE, token=None, lease_until=None)
    )
    return waited.rowcount


def left_over(c: Connection) -> list[int]:
    """Cancelled editions with batches that nobody works on and nobody would claim."""
    query = select(editions.c.id).where(
        editions.c.state == EditionState.CANCELLED,
        exists().where(batches.c.edition_id == editions.c.id, *_free()),
    )
    return list(c.execute(query.order_by(editions.c.id)).scalars())


def _free() -> tuple[ColumnElement[bool], ...]:
    return (IS_OPEN, or_(batches.c.token.is_(None), batches.c.lease_until < database_now()))
