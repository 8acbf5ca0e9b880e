"""The ledger: one row for every edition and person, and where it stands.

Strict mode: a row is marked ``sending`` in a transaction of its own before its letter is handed over, and
settled in another one after.  What is found ``sending`` when a worker starts is uncertain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    case,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)

from docchat_mailer.model.delivery import TRANSITIONS, DeliveryId, DeliveryState, Outcome, Verdict
from docchat_mailer.model.publication import EditionState
from docchat_mailer.model.subscriber import Address, Follow, Subscriber, SubscriberState
from docchat_mailer.store.schema import (
    deliveries,
    editions,
    publications,
    subscribers,
    subscriptions,
    suppressions,
)
from docchat_mailer.store.subscribers import address_key, address_of, follows_any, follows_of
from docchat_mailer.store.upserting import insert_into

OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)

IS_OPEN = deliveries.c.state.in_([literal_column(f"'{state}'") for state in OPEN])
"""The condition of the partial index, in its very words: a parameter in its place would hide the index.

Whatever asks for open rows names it, so that its cost does not grow with the rows that are done.
"""

STATE_OF: Mapping[Verdict, DeliveryState] = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.DEFERRED: DeliveryState.PENDING,
    Verdict.REJECTED: DeliveryState.REJECTED,
    Verdict.UNCERTAIN: DeliveryState.UNCERTAIN,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A pending delivery with what its letter needs; *waiting_since* is when its audience was frozen."""

    id: DeliveryId
    subscriber: Subscriber
    attempts: int
    waiting_since: datetime
    dated_at: datetime | None


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
    not_before: datetime | None
    changed_at: datetime


class Opened(Enum):
    """What came of asking to send a row."""

    YES = auto()  # it is marked: hand the letter over
    LATER = auto()  # an earlier part is still open for this reader
    NO = auto()  # settled as suppressed or cancelled, or someone else has it


# -- fan-out -----------------------------------------------------------------------------------------------


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


# -- sending -----------------------------------------------------------------------------------------------


def anything_open(c: Connection) -> bool:
    """Whether any delivery waits; the cost does not grow with those that are done."""
    query = select(1).select_from(deliveries).where(IS_OPEN).limit(1)
    return c.execute(query).first() is not None


def open_editions(c: Connection) -> list[int]:
    """Editions that have open rows and may be sent, in the order of their publication."""
    # asked this way round it is the index of open rows alone that is read, with or without statistics
    waiting = editions.c.id.in_(select(deliveries.c.edition_id).where(IS_OPEN))
    query = select(editions.c.id).where(
        editions.c.state == EditionState.PREPARED, editions.c.prepared_at.is_not(None), waiting
    )
    return list(c.execute(query.order_by(editions.c.id)).scalars())


def pending(c: Connection, edition_id: int, now: datetime) -> int:
    """How many rows of an edition are due at *now*."""
    query = select(func.count()).where(
        deliveries.c.edition_id == edition_id,
        IS_OPEN,
        deliveries.c.state == DeliveryState.PENDING,
        or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now),
    )
    return c.execute(query).scalar_one()


def next_pending(
    c: Connection, edition_id: int, now: datetime, *, after: int = 0, limit: int = 100
) -> list[Due]:
    """Pending rows of an edition that are due at *now*, by subscriber, those after subscriber *after*."""
    table = deliveries.c
    query = (
        select(
            deliveries,
            editions.c.prepared_at,
            subscribers.c.address,
            subscribers.c.name,
            subscribers.c.token_id,
            subscribers.c.created_at,
        )
        .join(editions, editions.c.id == table.edition_id)
        .join(subscribers, subscribers.c.id == table.subscriber_id)
        .where(
            table.edition_id == edition_id,
            IS_OPEN,
            table.state == DeliveryState.PENDING,
            table.subscriber_id > after,
            or_(table.not_before.is_(None), table.not_before <= now),
        )
        .order_by(table.subscriber_id)
        .limit(limit)
    )
    rows = c.execute(query).all()
    follows = follows_of(c, [row.subscriber_id for row in rows])
    return [_due(row, follows.get(row.subscriber_id, ())) for row in rows]


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


# -- accounting --------------------------------------------------------------------------------------------


def sums(c: Connection, edition_id: int | None = None) -> dict[DeliveryState, int]:
    """How many rows stand in each state, of one edition or of all."""
    query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    if edition_id is not None:
        query = query.where(deliveries.c.edition_id == edition_id)
    found = {row[0]: row[1] for row in c.execute(query)}
    return {state: found.get(state, 0) for state in DeliveryState}


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


def next_due(c: Connection) -> datetime | None:
    """The earliest instant at which a deferred row is due again."""
    query = select(func.min(deliveries.c.not_before)).where(
        IS_OPEN, deliveries.c.state == DeliveryState.PENDING
    )
    return c.execute(query).scalar()


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
    query = select(deliveries, subscribers.c.address).join(
        subscribers, subscribers.c.id == table.subscriber_id
    )
    if state is not None:
        query = query.where(table.state == state)
    if edition is not None:
        query = query.where(table.edition_id == edition)
    if address is not None:
        query = query.where(subscribers.c.address_key == address_key(address))
    if after is not None:
        query = query.where(
            or_(
                table.edition_id > after.edition,
                (table.edition_id == after.edition) & (table.subscriber_id > after.subscriber),
            )
        )
    query = query.order_by(table.edition_id, table.subscriber_id, table.occasion).limit(limit)
    return [_line(row) for row in c.execute(query)]


def _id(row: Row[Any]) -> DeliveryId:
    return DeliveryId(row.edition_id, row.subscriber_id, row.occasion)


def _line(row: Row[Any]) -> Line:
    return Line(
        id=_id(row),
        address=row.address,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        code=row.code,
        enhanced=row.enhanced or "",
        text=row.text or "",
        reason=row.reason or "",
        not_before=row.not_before,
        changed_at=row.changed_at,
    )


def _due(row: Row[Any], follows: tuple[Follow, ...]) -> Due:
    return Due(
        id=_id(row),
        subscriber=Subscriber(
            id=row.subscriber_id,
            address=address_of(row.address),
            name=row.name,
            state=SubscriberState.ACTIVE,
            token_id=row.token_id,
            follows=follows,
            created_at=row.created_at,
        ),
        attempts=row.attempts,
        waiting_since=row.prepared_at,
        dated_at=row.dated_at,
    )
