"""Fan-out: from a live publication's edition to one row of the ledger for every reader, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from docchat_mailer.model.delivery import BatchState, DeliveryState
from docchat_mailer.model.publication import Kind
from docchat_mailer.rules.slicing import BATCH, Slice, slices
from docchat_mailer.store.audience import getting
from docchat_mailer.store.schema import batches, deliveries, editions, subscribers, suppressions
from docchat_mailer.store.upserting import insert_into


def fan_out(
    c: Connection,
    edition_id: int,
    series: str,
    tags: Sequence[str],
    at: datetime,
    *,
    kind: Kind = Kind.RELEASE,
    canary: float = 0.0,
) -> int:
    """Give every active follower one row in a batch, and freeze the audience; returns how many there are.

    Whoever has a row for the same publication through another audience is no candidate.  A batch holds one
    destination's readers; *canary* is the share of all that goes out ahead of the rest.  All of it happens in
    the caller's transaction: a crash leaves nothing, or the whole set.

    Raises ValueError where the audience is frozen already: it never grows afterwards.
    """
    return fan_out_to(c, edition_id, getting(series, tags, at, kind=kind), at, canary=canary)


def fan_out_to(
    c: Connection, edition_id: int, getting_it: ColumnElement[bool], at: datetime, *, canary: float = 0.0
) -> int:
    """The same for whomever *getting_it* names, a condition on ``subscribers``."""
    first = update(editions).where(editions.c.id == edition_id, editions.c.prepared_at.is_(None))
    if c.execute(first.values(prepared_at=at)).rowcount != 1:
        raise ValueError(f"the audience of edition {edition_id} is frozen")
    chosen = _candidates(edition_id, getting_it).subquery()
    counted = c.execute(select(chosen.c.destination, func.count()).group_by(chosen.c.destination))
    cut = slices({row[0]: row[1] for row in counted}, canary)
    _insert_batches(c, edition_id, cut)
    inserted = _insert_rows(c, edition_id, chosen, cut, at)
    expected = sum(piece.readers for piece in cut)
    if inserted != expected:
        raise RuntimeError(f"fan-out of edition {edition_id}: {inserted} rows for {expected} candidates")
    ahead = any(piece.canary for piece in cut)
    c.execute(
        update(editions)
        .where(editions.c.id == edition_id)
        .values(candidates=editions.c.candidates + inserted, canary_passed_at=None if ahead else at)
    )
    return inserted


def _candidates(edition_id: int, getting_it: ColumnElement[bool]) -> Select[Any]:
    publication = select(editions.c.publication_id).where(editions.c.id == edition_id).scalar_subquery()
    siblings = select(editions.c.id).where(editions.c.publication_id == publication)
    served = exists(
        select(1).where(deliveries.c.subscriber_id == subscribers.c.id, deliveries.c.edition_id.in_(siblings))
    )
    return select(
        subscribers.c.id, subscribers.c.address_hash, subscribers.c.destination, subscribers.c.domain
    ).where(getting_it, ~served)


def _insert_batches(c: Connection, edition_id: int, cut: Sequence[Slice]) -> None:
    rows = [
        {
            "edition_id": edition_id,
            "destination": piece.destination,
            "number": number,
            "canary": number < piece.canary_batches,
            "state": BatchState.OPEN,
            "takeovers": 0,
            "accepted": 0,
            "rejected": 0,
            "policy": 0,
        }
        for piece in cut
        for number in range(piece.batches)
    ]
    if rows:
        c.execute(insert(batches), rows)


def _insert_rows(c: Connection, edition_id: int, chosen: Subquery, cut: Sequence[Slice], at: datetime) -> int:
    """One row for each of *chosen*, in one statement; who is suppressed gets a row that says so."""
    barred = suppressions.c.address_hash.is_not(None)
    place = func.row_number().over(partition_by=chosen.c.destination, order_by=(chosen.c.domain, chosen.c.id))
    numbered = select(
        chosen.c.id, chosen.c.address_hash, chosen.c.destination, (place - 1).label("place")
    ).subquery()
    values: dict[str, ColumnElement[Any]] = {
        "edition_id": literal(edition_id),
        "occasion": literal(0),
        "state": case((barred, DeliveryState.SUPPRESSED.value), else_=DeliveryState.PENDING.value),
        "attempts": literal(0),
        "reason": case((barred, "suppressed"), else_=null()),
        "changed_at": literal(at, type_=deliveries.c.changed_at.type),
        "batch_id": batches.c.id,
    }
    rows = (
        select(numbered.c.id, *values.values())
        .join(
            batches,
            (batches.c.edition_id == edition_id)
            & (batches.c.destination == numbered.c.destination)
            & (batches.c.number == _number(numbered, cut)),
        )
        .outerjoin(suppressions, suppressions.c.address_hash == numbered.c.address_hash)
        .order_by(numbered.c.id)
    )
    statement = insert_into(c, deliveries).from_select(["subscriber_id", *values], rows)
    return int(c.execute(statement).rowcount)


def _number(numbered: Subquery, cut: Sequence[Slice]) -> ColumnElement[int]:
    """The number of the batch that a reader's place among those of a destination falls into."""
    place, destination = numbered.c.place, numbered.c.destination
    ahead = {piece.destination: piece for piece in cut if piece.canary}
    if not ahead:
        return place // BATCH
    canary = case({name: piece.canary for name, piece in ahead.items()}, value=destination, else_=0)
    first = case({name: piece.canary_batches for name, piece in ahead.items()}, value=destination, else_=0)
    return case((place < canary, place // BATCH), else_=first + (place - canary) // BATCH).cast(Integer)
