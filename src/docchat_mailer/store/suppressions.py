"""Addresses that must not be mailed, as keyed hashes: the address itself need not be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, literal, select

from docchat_mailer.model.delivery import DeliveryState, Reason
from docchat_mailer.store.among import among
from docchat_mailer.store.schema import deliveries, subscribers, suppressions as table
from docchat_mailer.store.upserting import insert_into


def suppress(
    c: Connection, address_hash: str, reason: str, at: datetime, *, source: str = "", detail: str = ""
) -> None:
    """Mail an address no more; the first reason stays.

    *source* is who says so (``bounces``, ``operator``, a webhook), *detail* what is to be remembered of it.
    """
    row = {"address_hash": address_hash, "reason": reason, "at": at, "source": source, "detail": detail}
    c.execute(insert_into(c, table).on_conflict_do_nothing(), row)


def suppressed(c: Connection, hashes: Sequence[str]) -> set[str]:
    """Which of *hashes* are suppressed."""
    found: set[str] = set()
    for start in range(0, len(hashes), 500):
        query = select(table.c.address_hash).where(
            among(c, table.c.address_hash, hashes[start : start + 500])
        )
        found.update(c.execute(query).scalars())
    return found


def lift(c: Connection, address_hash: str) -> None:
    """Let an address be mailed again."""
    c.execute(delete(table).where(table.c.address_hash == address_hash))


def suppress_unknown(c: Connection, batches: Sequence[int], at: datetime) -> int:
    """Suppress every address that a relay called unknown in one of *batches*; returns how many are new."""
    if not batches:
        return 0
    refused = (
        select(
            subscribers.c.address_hash,
            literal(str(Reason.UNKNOWN_USER)),
            literal(at, type_=table.c.at.type),
        )
        .join(deliveries, deliveries.c.subscriber_id == subscribers.c.id)
        .where(
            deliveries.c.batch_id.in_(list(batches)),
            deliveries.c.state == DeliveryState.REJECTED,
            deliveries.c.reason == Reason.UNKNOWN_USER,
        )
    )
    columns = ["address_hash", "reason", "at"]
    return int(
        c.execute(insert_into(c, table).from_select(columns, refused).on_conflict_do_nothing()).rowcount
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """One address that gets nothing, as its keyed hash."""

    address_hash: str
    reason: str
    at: datetime
    source: str
    detail: str


def between(
    c: Connection, since: datetime, until: datetime, *, reason: str = "", source: str = ""
) -> list[Suppression]:
    """Suppressions made from *since* up to *until*, oldest first; of one reason or source, where given."""
    query = select(table).where(table.c.at >= since, table.c.at < until)
    if reason:
        query = query.where(table.c.reason == reason)
    if source:
        query = query.where(table.c.source == source)
    rows = c.execute(query.order_by(table.c.at, table.c.address_hash))
    return [
        Suppression(
            address_hash=row.address_hash,
            reason=row.reason,
            at=row.at,
            source=row.source,
            detail=row.detail,
        )
        for row in rows
    ]
