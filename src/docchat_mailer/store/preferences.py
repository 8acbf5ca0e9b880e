"""What a person may change themselves: whether they get anything, what, how often, and where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from docchat_mailer.model.destinations import destination_of
from docchat_mailer.model.subscriber import (
    Address,
    Follow,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionState,
)
from docchat_mailer.store.schema import subscribers as table, subscriptions
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
