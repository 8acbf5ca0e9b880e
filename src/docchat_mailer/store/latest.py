"""The last instant on record: a clock that stands before it went back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from docchat_mailer.store.schema import deliveries, editions, outputs, publications, revisions, subscribers

WRITTEN = (
    publications.c.published_at,
    revisions.c.at,
    editions.c.created_at,
    editions.c.prepared_at,
    deliveries.c.changed_at,
    outputs.c.changed_at,
    subscribers.c.created_at,
)
"""Columns whose instants were the present when they were written."""


def latest_instant(c: Connection) -> datetime | None:
    """The last of them, or None in an empty database."""
    found = [c.execute(select(func.max(column, type_=column.type))).scalar() for column in WRITTEN]
    return max((instant for instant in found if instant is not None), default=None)
