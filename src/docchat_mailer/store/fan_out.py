"""Fan-out: from a live publication's edition to one row of the ledger for every reader, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    case,
    exists,
    func,
    literal,
    null,
    select,
    update,
)

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.subscriber import SubscriberState
from docchat_mailer.store.schema import deliveries, editions, subscribers, subscriptions, suppressions
from docchat_mailer.store.subscribers import follows_any
from docchat_mailer.store.upserting import insert_into


def fan_out(c: Connection, edition_id: int, series: str, tags: Sequence[str], at: datetime) -> int:
    """Give every active follower one row, and freeze the audience; returns the number of candidates.

    Whoever has a row for the same publication through another audience is no candidate.  All of it happens
    in the caller's transaction: a crash leaves nothing, or the whole set.

    Raises ValueError where the audience is frozen already: it never grows afterwards.
    """
    first = update(editions).where(editions.c.id == edition_id, editions.c.prepared_at.is_(None))
    if c.execute(first.values(prepared_at=at)).rowcount != 1:
        raise ValueError(f"the audience of edition {edition_id} is frozen")
    chosen = _candidates(edition_id, series, tags).subquery()
    expected = c.execute(select(func.count()).select_from(chosen)).scalar_one()
    inserted = _insert_rows(c, edition_id, chosen, at)
    if inserted != expected:
        raise RuntimeError(f"fan-out of edition {edition_id}: {inserted} rows for {expected} candidates")
    c.execute(
        update(editions)
        .where(editions.c.id == edition_id)
        .values(candidates=editions.c.candidates + inserted)
    )
    return inserted


def _candidates(edition_id: int, series: str, tags: Sequence[str]) -> Select[Any]:
    publication = select(editions.c.publication_id).where(editions.c.id == edition_id).scalar_subquery()
    siblings = select(editions.c.id).where(editions.c.publication_id == publication)
    served = exists(
        select(1).where(deliveries.c.subscriber_id == subscribers.c.id, deliveries.c.edition_id.in_(siblings))
    )
    following = select(subscriptions.c.subscriber_id).where(follows_any(series, tags))
    return select(subscribers.c.id, subscribers.c.address_hash).where(
        subscribers.c.state == SubscriberState.ACTIVE, subscribers.c.id.in_(following), ~served
    )


def _insert_rows(c: Connection, edition_id: int, chosen: Subquery, at: datetime) -> int:
    """One row for each of *chosen*, in one statement; who is suppressed gets a row that says so."""
    barred = suppressions.c.address_hash.is_not(None)
    values: dict[str, ColumnElement[Any]] = {
        "edition_id": literal(edition_id),
        "occasion": literal(0),
        "state": case((barred, DeliveryState.SUPPRESSED.value), else_=DeliveryState.PENDING.value),
        "attempts": literal(0),
        "reason": case((barred, "suppressed"), else_=null()),
        "changed_at": literal(at, type_=deliveries.c.changed_at.type),
    }
    rows = (
        select(chosen.c.id, *values.values())
        .outerjoin(suppressions, suppressions.c.address_hash == chosen.c.address_hash)
        .order_by(chosen.c.id)
    )
    statement = insert_into(c, deliveries).from_select(["subscriber_id", *values], rows)
    return int(c.execute(statement).rowcount)
