"""Notices: letters that answer one reader, from standing editions whose audience grows by one each time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store.moves import fresh_batch
from docchat_mailer.store.schema import deliveries, editions
from docchat_mailer.store.upserting import insert_into


def notify(c: Connection, edition: int, subscriber: int, occasion: int, at: datetime) -> bool:
    """Have the standing *edition* sent to one reader for an *occasion*, once; False where it was before."""
    row = {
        "edition_id": edition,
        "subscriber_id": subscriber,
        "occasion": occasion,
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "changed_at": at,
    }
    statement = insert_into(c, deliveries).values(row).on_conflict_do_nothing()
    if c.execute(statement).rowcount != 1:
        return False
    batch = fresh_batch(c, edition, not_before=None)
    key = (deliveries.c.edition_id == edition, deliveries.c.subscriber_id == subscriber)
    c.execute(update(deliveries).where(*key, deliveries.c.occasion == occasion).values(batch_id=batch))
    c.execute(update(editions).where(editions.c.id == edition).values(candidates=editions.c.candidates + 1))
    return True
