"""How far an edition is, counted in one pass over its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, select

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store.batches import WAITING
from docchat_mailer.store.schema import deliveries

TRIED = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.UNCERTAIN)
"""What an attempt can end in; rows that were never tried say nothing about speed."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Rows of an edition that *wait*, being sent included, and those that were settled by a *recent* try."""

    waiting: int
    recent: int


def tried(c: Connection, edition: int, since: datetime) -> Tried:
    """Count an edition's rows; recent is what changed at *since* or later."""
    table = deliveries.c
    waiting = func.sum(case((table.state.in_(WAITING), 1), else_=0))
    recent = func.sum(case((and_(table.state.in_(TRIED), table.changed_at >= since), 1), else_=0))
    row = c.execute(select(waiting, recent).where(table.edition_id == edition)).one()
    return Tried(waiting=int(row[0] or 0), recent=int(row[1] or 0))
