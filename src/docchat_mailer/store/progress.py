"""How far an edition is, counted in one pass over its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store.batches import WAITING
from docchat_mailer.store.schema import deliveries

TRIED = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.UNCERTAIN)
"""What an attempt can end in; rows that were never tried say nothing about speed."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Rows of an edition that *wait*, being sent included, and those that were settled by a *recent* try.

    *deferred* are among those that wait: tried before, and to be tried again.
    """

    waiting: int
    recent: int
    deferred: int
    rejected: int
    uncertain: int


def tried(c: Connection, edition: int, since: datetime) -> Tried:
    """Count an edition's rows; recent is what changed at *since* or later."""
    table = deliveries.c
    sums = (
        _count(table.state.in_(WAITING)),
        _count(and_(table.state.in_(TRIED), table.changed_at >= since)),
        _count(and_(table.state.in_(WAITING), table.attempts > 0)),
        _count(table.state == DeliveryState.REJECTED),
        _count(table.state == DeliveryState.UNCERTAIN),
    )
    row = c.execute(select(*sums).where(table.edition_id == edition)).one()
    return Tried(*(int(number or 0) for number in row))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
