"""What came back: each message once, and what it says of which delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, select, update

from docchat_mailer.model.bounce import BounceKind
from docchat_mailer.model.delivery import DeliveryId, DeliveryState
from docchat_mailer.store.schema import bounces as table, deliveries, returned, subscribers
from docchat_mailer.store.upserting import insert_into


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptBounce:
    """One line: *delivery* is None where nothing of ours tells whose it is.

    *vouched* says that a token or a signature of ours tells; only then does it count.
    """

    delivery: DeliveryId | None
    subscriber: int | None
    address_hash: str
    kind: BounceKind
    status: str
    rule: str
    diagnostic: str
    source: str
    vouched: bool
    at: datetime


def remember(c: Connection, digest: str, source: str, at: datetime) -> bool:
    """Note that a message came back; False where it was noted before."""
    statement = insert_into(c, returned).values(digest=digest, source=source, at=at)
    return bool(c.execute(statement.on_conflict_do_nothing()).rowcount == 1)


def known(c: Connection, digest: str) -> bool:
    """Whether a message was noted before."""
    return c.execute(select(1).where(returned.c.digest == digest)).first() is not None


def add(c: Connection, digest: str, bounce: KeptBounce) -> None:
    """Keep what the message with that *digest* says of one recipient."""
    edition, subscriber, occasion = bounce.delivery or (None, bounce.subscriber, None)
    c.execute(
        insert(table).values(
            digest=digest,
            edition_id=edition,
            subscriber_id=subscriber,
            occasion=occasion,
            address_hash=bounce.address_hash,
            kind=bounce.kind,
            status=bounce.status,
            rule=bounce.rule,
            diagnostic=bounce.diagnostic,
            source=bounce.source,
            vouched=bounce.vouched,
            at=bounce.at,
        )
    )


def of_subscriber(c: Connection, subscriber: int) -> list[KeptBounce]:
    """All that came back from one person, oldest first."""
    query = select(table).where(table.c.subscriber_id == subscriber)
    return [_bounce(row) for row in c.execute(query.order_by(table.c.at, table.c.id))]


def latest(c: Connection, limit: int = 100) -> Sequence[KeptBounce]:
    """What came back last, newest first."""
    query = select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
    return [_bounce(row) for row in c.execute(query)]


def discount(c: Connection, address_hash: str, since: datetime, until: datetime) -> None:
    """What came back from an address in that time was not its fault, and counts no more."""
    people = select(subscribers.c.id).where(subscribers.c.address_hash == address_hash)
    c.execute(
        update(table)
        .where(table.c.subscriber_id.in_(people), table.c.at >= since, table.c.at < until)
        .values(kind=BounceKind.OTHER)
    )


def last_success(c: Connection, subscriber: int, by: datetime) -> datetime | None:
    """When a letter to a person was last accepted and stayed away, of those that were accepted *by* then."""
    came_back = exists(
        select(1).where(
            table.c.subscriber_id == deliveries.c.subscriber_id,
            table.c.edition_id == deliveries.c.edition_id,
            table.c.occasion == deliveries.c.occasion,
        )
    )
    query = select(func.max(deliveries.c.changed_at)).where(
        deliveries.c.subscriber_id == subscriber,
        deliveries.c.state == DeliveryState.ACCEPTED,
        deliveries.c.changed_at <= by,
        ~came_back,
    )
    return c.execute(query).scalar()


def _bounce(row: Row[Any]) -> KeptBounce:
    delivery = None if row.edition_id is None else DeliveryId(row.edition_id, row.subscriber_id, row.occasion)
    return KeptBounce(
        delivery=delivery,
        subscriber=row.subscriber_id,
        address_hash=row.address_hash,
        kind=BounceKind(row.kind),
        status=row.status,
        rule=row.rule,
        diagnostic=row.diagnostic,
        source=row.source,
        vouched=row.vouched,
        at=row.at,
    )
