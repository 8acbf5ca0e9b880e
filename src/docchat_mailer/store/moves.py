"""The operator's word on rows of the ledger: decided, or put back to be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from docchat_mailer.model.delivery import TRANSITIONS, BatchState, DeliveryId, DeliveryState
from docchat_mailer.store.among import among
from docchat_mailer.store.schema import batches, deliveries


def decide(c: Connection, id_: DeliveryId, state: DeliveryState, *, reason: str, now: datetime) -> bool:
    """Settle a row as *state*, if the table of states allows that from where it is.

    A row that is being sent belongs to its worker, and only a worker marks one; False where it stays.
    """
    current = c.execute(select(deliveries.c.state).where(*_key(id_))).scalar()
    if current is None or DeliveryState.SENDING in {current, state}:
        return False
    before = DeliveryState(current)
    if state not in TRANSITIONS[before]:
        return False
    values: dict[str, Any] = {"state": state, "token": None, "reason": reason, "changed_at": now}
    if state is DeliveryState.PENDING:
        values["batch_id"] = fresh_batch(c, id_.edition, not_before=None)
    where = (*_key(id_), deliveries.c.state == before)
    return c.execute(update(deliveries).where(*where).values(**values)).rowcount == 1


def settle_doubt(c: Connection, id_: DeliveryId, *, reason: str, now: datetime) -> bool:
    """A row whose answer never came turns out to have been handed over; False where it was in no doubt."""
    done = c.execute(
        update(deliveries)
        .where(*_key(id_), deliveries.c.state == DeliveryState.UNCERTAIN)
        .values(state=DeliveryState.ACCEPTED, token=None, reason=reason, changed_at=now)
    )
    return done.rowcount == 1


def decide_many(
    c: Connection,
    edition: int,
    readers: Sequence[int],
    state: DeliveryState,
    *,
    before: DeliveryState,
    reason: str,
    now: datetime,
) -> int:
    """Settle rows of an edition that stand at *before*, some hundreds at a time; returns how many did.

    Raises ValueError where the table of states does not allow it.
    """
    if state not in TRANSITIONS[before] or DeliveryState.SENDING in {before, state}:
        raise ValueError(f"the operator does not make {state} of what is {before}")
    done = c.execute(
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition,
            among(c, deliveries.c.subscriber_id, readers),
            deliveries.c.state == before,
        )
        .values(state=state, token=None, reason=reason, changed_at=now)
    )
    return done.rowcount


def send_again(
    c: Connection,
    edition: int,
    readers: Sequence[int],
    *,
    before: DeliveryState,
    reason: str,
    now: datetime,
    not_before: datetime | None = None,
) -> int:
    """Put rows of an edition that stand at *before* back to pending, in a batch of their own.

    Returns how many.  Their Message-ID and Date stay: they are the same letters.

    Raises ValueError where rows do not go back from there.
    """
    if DeliveryState.PENDING not in TRANSITIONS[before] or before is DeliveryState.SENDING:
        raise ValueError(f"what is {before} is not sent again")
    if not readers:
        return 0
    batch = fresh_batch(c, edition, not_before=not_before)
    done = c.execute(
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition,
            among(c, deliveries.c.subscriber_id, readers),
            deliveries.c.state == before,
        )
        .values(
            state=DeliveryState.PENDING,
            batch_id=batch,
            token=None,
            attempts=0,
            reason=reason,
            changed_at=now,
        )
    )
    return done.rowcount


def fresh_batch(c: Connection, edition: int, *, not_before: datetime | None) -> int:
    """An empty batch of an edition, for rows that are sent again; returns its id."""
    made = c.execute(
        insert(batches).values(
            edition_id=edition,
            destination=MIXED,
            canary=False,
            not_before=not_before,
            state=BatchState.OPEN,
            takeovers=0,
            accepted=0,
            rejected=0,
            policy=0,
        )
    ).inserted_primary_key
    if made is None:
        raise RuntimeError("the database gave no key for the batch")
    return int(made[0])


MIXED = "other"
"""The destination of a batch put together by hand: limits of large providers are not told apart in it."""


def _key(id_: DeliveryId) -> tuple[ColumnElement[bool], ...]:
    return (
        deliveries.c.edition_id == id_.edition,
        deliveries.c.subscriber_id == id_.subscriber,
        deliveries.c.occasion == id_.occasion,
    )
