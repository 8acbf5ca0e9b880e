"""What a person may change themselves: whether they get anything, what, how often, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from docchat_mailer.model.delivery import DeliveryId, DeliveryState
from docchat_mailer.model.destinations import destination_of
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.slugs import slugify
from docchat_mailer.model.subscriber import (
    Address,
    Follow,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionState,
)
from docchat_mailer.store.revisions import revisions_of
from docchat_mailer.store.schema import (
    deliveries,
    editions,
    publications,
    subscribers as table,
    subscriptions,
)
from docchat_mailer.store.subscribers import address_key, get_subscribers
from docchat_mailer.store.upserting import upsert


def by_name(c: Connection, token_id: str) -> Subscriber | None:
    """The person whose random name that is; one who was erased is nobody."""
    query = select(table).where(table.c.token_id == token_id, table.c.state != SubscriberState.ERASED)
    found = get_subscribers(c, c.execute(query).all())
    return found[0] if found else None


def activate(c: Connection, subscriber: int, follows: Sequence[Follow], at: datetime) -> bool:
    """Let a person receive, and follow these besides what they do; whether they did not receive before."""
    state = c.execute(select(table.c.state).where(table.c.id == subscriber)).scalar_one()
    c.execute(
        update(table)
        .where(table.c.id == subscriber)
        .values(state=SubscriberState.ACTIVE, confirmed_at=at, heard_at=at, left_at=None)
    )
    put_subscriptions(c, subscriber, [Subscription(follow=follow) for follow in follows])
    return bool(state != SubscriberState.ACTIVE)


def left_since(c: Connection, subscriber: int, at: datetime) -> bool:
    """Whether a person has left, in whichever way, after *at*."""
    query = select(table.c.left_at).where(table.c.id == subscriber, table.c.state == SubscriberState.LEFT)
    left = c.execute(query).scalar()
    return left is not None and left > at


def end(c: Connection, subscriber: int, at: datetime) -> None:
    """Let a person receive nothing more."""
    c.execute(
        update(table)
        .where(table.c.id == subscriber)
        .values(state=SubscriberState.LEFT, left_at=at, heard_at=at)
    )


def put_subscriptions(c: Connection, subscriber: int, ties: Sequence[Subscription]) -> None:
    """How these are followed from now on; others stay as they are."""
    upsert(
        c,
        subscriptions,
        [
            {
                "scope": tie.follow.scope,
                "key": tie.follow.key,
                "subscriber_id": subscriber,
                "state": tie.state,
                "rhythm": tie.rhythm,
                "paused_until": tie.paused_until if tie.state is SubscriptionState.PAUSED else None,
            }
            for tie in ties
        ],
    )


def put_person(c: Connection, person: Subscriber, at: datetime) -> None:
    """Keep what *person* says of themselves: name, language, zone, form, announcements, pause."""
    c.execute(
        update(table)
        .where(table.c.id == person.id)
        .values(
            name=person.name,
            locale=person.locale,
            zone=person.zone,
            text_only=person.text_only,
            announcements=person.announcements,
            paused_until=person.paused_until,
            heard_at=at,
        )
    )


def move(c: Connection, subscriber: int, address: Address, address_hash: str, at: datetime) -> None:
    """Send to another address from now on."""
    c.execute(
        update(table)
        .where(table.c.id == subscriber)
        .values(
            address=str(address),
            address_key=address_key(address),
            address_hash=address_hash,
            domain=address.domain,
            destination=destination_of(address.domain),
            heard_at=at,
        )
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A letter that waits for a person: its row, and what it is of; *tags* are slugs."""

    id: DeliveryId
    series: str
    kind: Kind
    tags: tuple[str, ...]


def waiting(c: Connection, subscriber: int, *, notices: bool = False) -> list[Waiting]:
    """What waits for a person, without *notices* unless they are asked for."""
    query = (
        select(
            deliveries.c.edition_id,
            deliveries.c.occasion,
            publications.c.id,
            publications.c.series,
            publications.c.kind,
        )
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .join(publications, publications.c.id == editions.c.publication_id)
        .where(deliveries.c.subscriber_id == subscriber, deliveries.c.state == DeliveryState.PENDING)
        .order_by(deliveries.c.edition_id, deliveries.c.occasion)
    )
    if not notices:
        query = query.where(~editions.c.standing)
    rows = c.execute(query).all()
    tags = {row.id: revisions_of(c, [row.id])[row.id].tags for row in rows}
    return [
        Waiting(
            id=DeliveryId(row.edition_id, subscriber, row.occasion),
            series=row.series,
            kind=Kind(row.kind),
            tags=tuple(slugify(tag) for tag in tags[row.id]),
        )
        for row in rows
    ]
