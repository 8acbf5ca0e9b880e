"""The ledger added up, and read by a person: how many rows stand where, and each row with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, tuple_

from docchat_mailer.model.delivery import DeliveryId, DeliveryState
from docchat_mailer.model.subscriber import Address
from docchat_mailer.store.schema import batches as batch_table, deliveries, editions, subscribers
from docchat_mailer.store.subscribers import address_key


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of the ledger, for a person to read."""

    id: DeliveryId
    address: str
    state: DeliveryState
    attempts: int
    code: int | None
    enhanced: str
    text: str
    reason: str
    relay: str
    token_id: str
    not_before: datetime | None
    changed_at: datetime


def sums(c: Connection, edition_id: int | None = None) -> dict[DeliveryState, int]:
    """How many rows stand in each state, of one edition or of all."""
    query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    if edition_id is not None:
        query = query.where(deliveries.c.edition_id == edition_id)
    found = {row[0]: row[1] for row in c.execute(query)}
    return {state: found.get(state, 0) for state in DeliveryState}


def pending_in(c: Connection, batches: Sequence[int]) -> int:
    """How many rows of these batches are pending."""
    query = select(func.count()).where(
        deliveries.c.batch_id.in_(list(batches)), deliveries.c.state == DeliveryState.PENDING
    )
    return c.execute(query).scalar_one()


def accounting_faults(c: Connection) -> list[str]:
    """Editions whose candidates are not the sum of their rows; nothing, if all is well."""
    counted = func.count(deliveries.c.subscriber_id)
    query = (
        select(editions.c.id, editions.c.candidates, counted.label("rows"))
        .outerjoin(deliveries, deliveries.c.edition_id == editions.c.id)
        .group_by(editions.c.id, editions.c.candidates)
        .having(counted != editions.c.candidates)
    )
    return [
        f"edition {row.id}: {row.candidates} candidates, but {row.rows} rows in the ledger"
        for row in c.execute(query)
    ]


def reasons(c: Connection, state: DeliveryState) -> dict[int, dict[str, int]]:
    """How many rows stand at *state*, by edition and reason."""
    table = deliveries.c
    why = func.coalesce(table.reason, "")
    query = (
        select(table.edition_id, why.label("why"), func.count().label("rows"))
        .where(table.state == state)
        .group_by(table.edition_id, why)
    )
    found: dict[int, dict[str, int]] = {}
    for row in c.execute(query):
        found.setdefault(row.edition_id, {})[row.why] = row.rows
    return found


def by_reason(c: Connection) -> dict[tuple[str, str], int]:
    """How many rows stand in each state for each reason, of all editions."""
    why = func.coalesce(deliveries.c.reason, "")
    query = select(deliveries.c.state, why.label("why"), func.count().label("rows"))
    return {(row.state, row.why): row.rows for row in c.execute(query.group_by(deliveries.c.state, why))}


def lines(
    c: Connection,
    *,
    state: DeliveryState | None = None,
    edition: int | None = None,
    address: Address | None = None,
    after: DeliveryId | None = None,
    limit: int = 1000,
) -> list[Line]:
    """Rows of the ledger, by key; a page of at most *limit* after the key *after*."""
    table = deliveries.c
    query = (
        select(deliveries, subscribers.c.address, subscribers.c.token_id, batch_table.c.not_before)
        .join(subscribers, subscribers.c.id == table.subscriber_id)
        .outerjoin(batch_table, batch_table.c.id == table.batch_id)
    )
    if state is not None:
        query = query.where(table.state == state)
    if edition is not None:
        query = query.where(table.edition_id == edition)
    if address is not None:
        query = query.where(subscribers.c.address_key == address_key(address))
    key = (table.edition_id, table.subscriber_id, table.occasion)
    if after is not None:
        query = query.where(tuple_(*key) > (after.edition, after.subscriber, after.occasion))
    query = query.order_by(*key).limit(limit)
    return [_line(row) for row in c.execute(query)]


def _line(row: Row[Any]) -> Line:
    return Line(
        id=DeliveryId(row.edition_id, row.subscriber_id, row.occasion),
        address=row.address,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        code=row.code,
        enhanced=row.enhanced or "",
        text=row.text or "",
        reason=row.reason or "",
        relay=row.relay or "",
        token_id=row.token_id,
        not_before=row.not_before if row.state == DeliveryState.PENDING else None,
        changed_at=row.changed_at,
    )
