"""Who is kept longer than is needed: people who never confirmed, and people who left long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from docchat_mailer.model.subscriber import SubscriberState
from docchat_mailer.store.schema import requests, subscribers as table


def never_confirmed(c: Connection, before: datetime, limit: int = 100) -> Sequence[str]:
    """Random names of people who came *before* then, have not confirmed, and have not asked again since."""
    again = select(requests.c.id).where(requests.c.subscriber_id == table.c.id, requests.c.asked_at >= before)
    query = select(table.c.token_id).where(
        table.c.state == SubscriberState.PENDING, table.c.created_at < before, ~again.exists()
    )
    return c.execute(query.order_by(table.c.id).limit(limit)).scalars().all()


def left_long_ago(c: Connection, before: datetime, limit: int = 100) -> Sequence[str]:
    """Random names of people who left *before* then; of an import, the day of the import counts."""
    left = func.coalesce(table.c.left_at, table.c.created_at)
    query = select(table.c.token_id).where(table.c.state == SubscriberState.LEFT, left < before)
    return c.execute(query.order_by(table.c.id).limit(limit)).scalars().all()
