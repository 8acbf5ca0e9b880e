"""What came back for one person, as it is told to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from docchat_mailer.store.schema import bounces


@dataclass(frozen=True, kw_only=True, slots=True)
class CameBack:
    """One report of a letter that came back."""

    at: datetime
    kind: str
    status: str
    diagnostic: str


def of_subscriber(c: Connection, subscriber: int) -> list[CameBack]:
    """Every report that names a letter to this person, oldest first."""
    columns = bounces.c
    query = select(columns.at, columns.kind, columns.status, columns.diagnostic)
    rows = c.execute(query.where(columns.subscriber_id == subscriber).order_by(columns.id))
    return [CameBack(at=row.at, kind=row.kind, status=row.status, diagnostic=row.diagnostic) for row in rows]
