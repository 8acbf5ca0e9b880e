"""The moves of one row of the ledger: opened, settled, recovered, or decided by the operator.

Strict mode: a row is marked ``sending`` in a transaction of its own before its letter is handed over, and
settled in another one after.  What is found ``sending`` when a worker starts is uncertain.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from docchat_mailer.model.delivery import TRANSITIONS, DeliveryId, DeliveryState, Outcome, Verdict
from docchat_mailer.model.publication import EditionState
from docchat_mailer.model.subscriber import SubscriberState
from docchat_mailer.store.ledger import IS_OPEN, OPEN, Due
from docchat_mailer.store.schema import deliveries, editions, publications, subscribers, suppressions

STATE_OF: Mapping[Verdict, DeliveryState] = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.DEFERRED: DeliveryState.PENDING,
    Verdict.REJECTED: DeliveryState.REJECTED,
    Verdict.UNCERTAIN: DeliveryState.UNCERTAIN,
}


class Opened(Enum):
    """What came of asking to send a row."""

    YES = auto()  # it is marked: hand the letter over
    LATER = auto()  # an earlier part is still open for this reader
    NO = auto()  # settled as suppressed or cancelled, or someone else has it


def open_row(
    c: Connection, due: Due, token: str, now: datetime, *, gate: datetime
) -> tuple[Opened, datetime]:
    """Mark a pending row ``sending`` under *token*, if its reader may still receive.

    Returns what came of it and the instant for the Date header: the first time the row was opened.  Who has
    left or was suppressed since the fan-out is settled here with the reason.  A row that finds an earlier
    part still open for its reader is due again at *gate*.
    """
    refusal = _refusal(c, due.id)
    dated_at = due.dated_at or now
    if refusal is not None:
        state, reason = refusal
        _move(c, due.id, DeliveryState.PENDING, state, reason=reason, changed_at=now)
        return Opened.NO, dated_at
    if _earlier_part_open(c, due.id):
        waits = {"not_before": gate, "reason": "an earlier part is still open for this reader"}
        here = (*_key(due.id), deliveries.c.state == DeliveryState.PENDING)
        waited = c.execute(update(deliveries).where(*here).values(**waits)).rowcount == 1
        return (Opened.LATER if waited else Opened.NO), dated_at
    marked = _move(
        c,
        due.id,
        DeliveryState.PENDING,
        DeliveryState.SENDING,
        token=token,
        dated_at=dated_at,
        changed_at=now,
    )
    return (Opened.YES if marked else Opened.NO), dated_at


def settle(
    c: Connection,
    id_: DeliveryId,
    token: str,
    outcome: Outcome,
    *,
    now: datetime,
    not_before: datetime | None = None,
    charged: bool = True,
) -> bool:
    """Record what became of a row we marked; False where it is not ours any more.

    A deferred row goes back to pending, due at *not_before*; *charged* counts the attempt.  A row that was
    found open and called uncertain keeps our token, so what we learn late still counts.
    """
    after = STATE_OF[outcome.verdict]
    before = [
        state for state in (DeliveryState.SENDING, DeliveryState.UNCERTAIN) if after in TRANSITIONS[state]
    ]
    done = c.execute(
        update(deliveries)
        .where(*_key(id_), deliveries.c.state.in_(before), deliveries.c.token == token)
        .values(
            state=after,
            token=None,
            attempts=deliveries.c.attempts + (1 if charged else 0),
            not_before=not_before,
            code=outcome.code,
            enhanced=outcome.enhanced,
            text=outcome.text[:200],
            reason=outcome.reason,
            changed_at=now,
        )
    )
    return done.rowcount == 1


def recover(c: Connection, now: datetime) -> int:
    """Rows found ``sending`` by a worker that holds the site alone become uncertain; returns how many."""
    done = c.execute(
        update(deliveries)
        .where(IS_OPEN, deliveries.c.state == DeliveryState.SENDING)
        .values(
            state=DeliveryState.UNCERTAIN,
            reason="the program ended while this was being sent",
            changed_at=now,
        )
    )
    return done.rowcount


def decide(c: Connection, id_: DeliveryId, state: DeliveryState, *, reason: str, now: datetime) -> bool:
    """The operator's word on a row: to any state that the table of states allows from where it is.

    A row that is being sent belongs to its worker, and only a worker marks one; False where it stays.
    """
    current = c.execute(select(deliveries.c.state).where(*_key(id_))).scalar()
    if current is None or DeliveryState.SENDING in {current, state}:
        return False
    before = DeliveryState(current)
    if state not in TRANSITIONS[before]:
        return False
    return _move(c, id_, before, state, token=None, not_before=None, reason=reason, changed_at=now)


def _refusal(c: Connection, id_: DeliveryId) -> tuple[DeliveryState, str] | None:
    query = (
        select(subscribers.c.state, suppressions.c.reason, editions.c.state.label("edition"))
        .select_from(subscribers)
        .join(editions, editions.c.id == id_.edition)
        .outerjoin(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)
        .where(subscribers.c.id == id_.subscriber)
    )
    row = c.execute(query).one()
    if row.edition != EditionState.PREPARED:
        return (DeliveryState.CANCELLED, "the edition was stopped")
    if row.state != SubscriberState.ACTIVE:
        return (DeliveryState.SUPPRESSED, f"the reader is {row.state}")
    if row.reason is not None:
        return (DeliveryState.SUPPRESSED, row.reason)
    return None


def _earlier_part_open(c: Connection, id_: DeliveryId) -> bool:
    """Whether something published before in the same series still waits for this reader."""
    this = (
        select(publications.c.id, publications.c.series)
        .join(editions, editions.c.publication_id == publications.c.id)
        .where(editions.c.id == id_.edition)
        .subquery()
    )
    query = (
        select(1)
        .select_from(deliveries)
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .join(publications, publications.c.id == editions.c.publication_id)
        .join(this, this.c.series == publications.c.series)
        .where(
            deliveries.c.subscriber_id == id_.subscriber,
            deliveries.c.state.in_(OPEN),
            editions.c.state != EditionState.CANCELLED,
            publications.c.id < this.c.id,
        )
    )
    return c.execute(query.limit(1)).first() is not None


def _move(
    c: Connection,
    id_: DeliveryId,
    before: DeliveryState,
    after: DeliveryState,
    *conditions: ColumnElement[bool],
    **values: Any,
) -> bool:
    """Move one row along the table of states, if it still stands where it did."""
    if after not in TRANSITIONS[before]:
        raise ValueError(f"a delivery does not go from {before} to {after}")
    where = (*_key(id_), deliveries.c.state == before, *conditions)
    return c.execute(update(deliveries).where(*where).values(state=after, **values)).rowcount == 1


def _key(id_: DeliveryId) -> tuple[ColumnElement[bool], ...]:
    return (
        deliveries.c.edition_id == id_.edition,
        deliveries.c.subscriber_id == id_.subscriber,
        deliveries.c.occasion == id_.occasion,
    )
