"""The ledger: one row for every edition and person; here is asked which of them still wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, literal_column, or_, select

from docchat_mailer.model.delivery import DeliveryId, DeliveryState
from docchat_mailer.model.publication import EditionState
from docchat_mailer.model.subscriber import Follow, Subscriber, SubscriberState
from docchat_mailer.store.schema import deliveries, editions, subscribers
from docchat_mailer.store.subscribers import address_of, follows_of

OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)

IS_OPEN = deliveries.c.state.in_([literal_column(f"'{state}'") for state in OPEN])
"""The condition of the partial index, in its very words: a parameter in its place would hide the index.

Whatever asks for open rows names it, so that its cost does not grow with the rows that are done.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A pending delivery with what its letter needs; *waiting_since* is when its audience was frozen."""

    id: DeliveryId
    subscriber: Subscriber
    attempts: int
    waiting_since: datetime
    dated_at: datetime | None


def anything_open(c: Connection) -> bool:
    """Whether any delivery waits; the cost does not grow with those that are done."""
    query = select(1).select_from(deliveries).where(IS_OPEN).limit(1)
    return c.execute(query).first() is not None


def open_editions(c: Connection) -> list[int]:
    """Editions that have open rows and may be sent, in the order of their publication."""
    # asked this way round it is the index of open rows alone that is read, with or without statistics
    waiting = editions.c.id.in_(select(deliveries.c.edition_id).where(IS_OPEN))
    query = select(editions.c.id).where(
        editions.c.state == EditionState.PREPARED, editions.c.prepared_at.is_not(None), waiting
    )
    return list(c.execute(query.order_by(editions.c.id)).scalars())


def pending(c: Connection, edition_id: int, now: datetime) -> int:
    """How many rows of an edition are due at *now*."""
    query = select(func.count()).where(
        deliveries.c.edition_id == edition_id,
        IS_OPEN,
        deliveries.c.state == DeliveryState.PENDING,
        or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now),
    )
    return c.execute(query).scalar_one()


def next_pending(
    c: Connection, edition_id: int, now: datetime, *, after: int = 0, limit: int = 100
) -> list[Due]:
    """Pending rows of an edition that are due at *now*, by subscriber, those after subscriber *after*."""
    table = deliveries.c
    query = (
        select(
            deliveries,
            editions.c.prepared_at,
            subscribers.c.address,
            subscribers.c.name,
            subscribers.c.token_id,
            subscribers.c.created_at,
        )
        .join(editions, editions.c.id == table.edition_id)
        .join(subscribers, subscribers.c.id == table.subscriber_id)
        .where(
            table.edition_id == edition_id,
            IS_OPEN,
            table.state == DeliveryState.PENDING,
            table.subscriber_id > after,
            or_(table.not_before.is_(None), table.not_before <= now),
        )
        .order_by(table.subscriber_id)
        .limit(limit)
    )
    rows = c.execute(query).all()
    follows = follows_of(c, [row.subscriber_id for row in rows])
    return [_due(row, follows.get(row.subscriber_id, ())) for row in rows]


def next_due(c: Connection) -> datetime | None:
    """The earliest instant at which a deferred row is due again."""
    query = select(func.min(deliveries.c.not_before)).where(
        IS_OPEN, deliveries.c.state == DeliveryState.PENDING
    )
    return c.execute(query).scalar()


def id_of(row: Row[Any]) -> DeliveryId:
    """The key of a row."""
    return DeliveryId(row.edition_id, row.subscriber_id, row.occasion)


def _due(row: Row[Any], follows: tuple[Follow, ...]) -> Due:
    return Due(
        id=id_of(row),
        subscriber=Subscriber(
            id=row.subscriber_id,
            address=address_of(row.address),
            name=row.name,
            state=SubscriberState.ACTIVE,
            token_id=row.token_id,
            follows=follows,
            created_at=row.created_at,
        ),
        attempts=row.attempts,
        waiting_since=row.prepared_at,
        dated_at=row.dated_at,
    )
