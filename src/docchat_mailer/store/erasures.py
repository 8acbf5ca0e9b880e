"""What is taken out of the tables when a person is erased; the ledger keeps its sums."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from docchat_mailer.model.subscriber import SubscriberState
from docchat_mailer.store.schema import bounces, consents, deliveries, requests, subscribers, subscriptions


def hash_of(c: Connection, subscriber: int) -> str:
    """The keyed hash of a person's address."""
    return str(
        c.execute(select(subscribers.c.address_hash).where(subscribers.c.id == subscriber)).scalar_one()
    )


def erase(c: Connection, subscriber: int, at: datetime) -> None:
    """Overwrite whatever names a person or tells what they read; their row and their deliveries stay."""
    gone = f"erased-{subscriber}"
    c.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber)
        .values(
            address="",
            address_key=gone,
            name="",
            state=SubscriberState.ERASED,
            token_id=gone,
            address_hash=gone,
            domain="",
            destination="other",
            locale="",
            zone="",
            paused_until=None,
            left_at=at,
            heard_at=None,
        )
    )
    c.execute(delete(subscriptions).where(subscriptions.c.subscriber_id == subscriber))
    c.execute(
        update(requests)
        .where(requests.c.subscriber_id == subscriber)
        .values(address=None, follows="", source="", settled_at=at)
    )
    # a relay repeats the address in its reply
    c.execute(update(deliveries).where(deliveries.c.subscriber_id == subscriber).values(text=None))
    c.execute(update(consents).where(consents.c.subscriber_id == subscriber).values(wording=""))
    c.execute(
        update(bounces).where(bounces.c.subscriber_id == subscriber).values(diagnostic="", address_hash=gone)
    )
