"""Windows: the rows of a claimed batch that are open at a time, marked and settled in one transaction each.

A row is marked ``sending`` before its letter is handed over, and settled with the next window's mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from docchat_mailer.model.delivery import DeliveryId, DeliveryState, Outcome, Verdict
from docchat_mailer.model.publication import EditionState
from docchat_mailer.model.subscriber import Follow, Scope, Subscriber, SubscriberState, SubscriptionState
from docchat_mailer.rules.printing import printable
from docchat_mailer.store import batches
from docchat_mailer.store.among import among
from docchat_mailer.store.batches import Claim
from docchat_mailer.store.many import execute_many
from docchat_mailer.store.schema import (
    Instant,
    batches as batch_table,
    deliveries,
    editions,
    publications,
    requests,
    subscribers,
    subscriptions,
    suppressions,
)
from docchat_mailer.store.subscribers import address_of

STATE_OF: Mapping[Verdict, DeliveryState] = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.DEFERRED: DeliveryState.PENDING,
    Verdict.REJECTED: DeliveryState.REJECTED,
    Verdict.UNCERTAIN: DeliveryState.UNCERTAIN,
    Verdict.UNSENT: DeliveryState.PENDING,
}

GATED = "an earlier part is still open for this reader"


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A pending delivery with what its letter needs; *waiting_since* is when its audience was frozen.

    A notice waits since it was asked for, or first tried.

    *asked* is the random name of the request that a notice asks back about, empty for any other letter; its
    reader's address is then the one that was asked for.
    """

    id: DeliveryId
    subscriber: Subscriber
    attempts: int
    waiting_since: datetime
    dated_at: datetime | None
    asked: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What became of a row we opened; one that is put off is due again in the slot of *again*."""

    id: DeliveryId
    outcome: Outcome
    again: datetime | None = None


def waiting_rows(c: Connection, claim: Claim) -> list[Due]:
    """The pending rows of a batch, by subscriber."""
    rows = c.execute(_WAITING, {"of_batch": claim.batch}).all()
    follows = _follows_of(c, [row.subscriber_id for row in rows])
    asked = _asked(c, rows) if claim.standing else {}
    return [_due(row, follows, asked, standing=claim.standing) for row in rows]


_WAITING = (
    select(
        deliveries.c.edition_id,
        deliveries.c.subscriber_id,
        deliveries.c.occasion,
        deliveries.c.attempts,
        deliveries.c.dated_at,
        deliveries.c.changed_at,
        editions.c.prepared_at,
        subscribers.c.address,
        subscribers.c.name,
        subscribers.c.state,
        subscribers.c.token_id,
        subscribers.c.text_only,
        subscribers.c.created_at,
    )
    .join(editions, editions.c.id == deliveries.c.edition_id)
    .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
    .where(deliveries.c.batch_id == bindparam("of_batch"), deliveries.c.state == DeliveryState.PENDING)
    .order_by(deliveries.c.subscriber_id, deliveries.c.occasion)
)


def _follows_of(c: Connection, readers: Sequence[int]) -> dict[int, tuple[Follow, ...]]:
    """What each of *readers* follows."""
    query = _FOLLOWS.where(among(c, subscriptions.c.subscriber_id, readers))
    found: dict[int, tuple[Follow, ...]] = {}
    for subscriber, scope, key in c.execute(query):
        found[subscriber] = (*found.get(subscriber, ()), _follow(scope, key))
    return found


_FOLLOWS = (
    select(subscriptions.c.subscriber_id, subscriptions.c.scope, subscriptions.c.key)
    .where(subscriptions.c.state == SubscriptionState.ON)
    .order_by(subscriptions.c.subscriber_id, subscriptions.c.scope, subscriptions.c.key)
)


@lru_cache(maxsize=1024)
def _follow(scope: str, key: str) -> Follow:
    """What many follow is one object."""
    return Follow(Scope(scope), key)


def _asked(c: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, Row[*tuple[Any, ...]]]:
    """The requests that notices answer, by their occasion; a welcome answers none."""
    query = select(requests.c.id, requests.c.token_id, requests.c.address).where(
        among(c, requests.c.id, [row.occasion for row in rows])
    )
    return {row.id: row for row in c.execute(query)}


def open_rows(
    c: Connection, claim: Claim, wanted: Sequence[DeliveryId], *, now: datetime, gate: datetime
) -> dict[DeliveryId, datetime]:
    """Mark the *wanted* rows of a claimed batch ``sending`` under our token, those that may still be sent.

    Returns the marked rows with the instant for their Date header, which is the first time they were opened.
    Who has left or was suppressed since the fan-out is settled here with the reason; who still waits for an
    earlier part goes into a batch that is due at *gate*.
    """
    if not wanted:
        return {}
    earlier = _earlier_open_editions(c, claim.edition)
    if claim.standing:  # where one reader may have several occasions
        statement = _OPEN_NOTICE.where(_KEY.in_([(id_.subscriber, id_.occasion) for id_ in wanted]))
    else:
        statement = _OPEN.where(among(c, deliveries.c.subscriber_id, [id_.subscriber for id_ in wanted]))
    if earlier:
        statement = statement.where(~_waits_in(earlier))
    asked = {"of_edition": claim.edition, "to_token": claim.token, "now": now}
    marked = c.execute(statement, asked)
    opened = {DeliveryId(claim.edition, row.subscriber_id, row.occasion): row.dated_at for row in marked}
    refused = [id_ for id_ in wanted if id_ not in opened]
    if refused:
        _turn_away(c, claim, refused, earlier, now=now, gate=gate)
    return opened


def _may_receive(*, notice: bool) -> ColumnElement[bool]:
    """Whether a row's reader is active and not suppressed, at this moment.

    A *notice* answers what one reader did, who may be on the way in or out: only the erased get none.
    """
    state = subscribers.c.state
    return exists(
        select(1)
        .select_from(subscribers)
        .where(
            subscribers.c.id == deliveries.c.subscriber_id,
            state != SubscriberState.ERASED if notice else state == SubscriberState.ACTIVE,
            ~exists(select(1).where(suppressions.c.address_hash == subscribers.c.address_hash)),
        )
    )


_KEY = tuple_(deliveries.c.subscriber_id, deliveries.c.occasion)


def _opening(*, notice: bool) -> ReturningUpdate[tuple[int, int, datetime]]:
    return (
        update(deliveries)
        .where(
            deliveries.c.edition_id == bindparam("of_edition"),
            deliveries.c.state == DeliveryState.PENDING,
            _may_receive(notice=notice),
        )
        .values(
            state=DeliveryState.SENDING,
            token=bindparam("to_token", type_=Text()),
            dated_at=func.coalesce(deliveries.c.dated_at, bindparam("now", type_=Instant())),
            changed_at=bindparam("now", type_=Instant()),
        )
        .returning(deliveries.c.subscriber_id, deliveries.c.occasion, deliveries.c.dated_at)
    )


_OPEN, _OPEN_NOTICE = _opening(notice=False), _opening(notice=True)


def settle(c: Connection, claim: Claim, settled: Iterable[Settlement], *, now: datetime) -> None:
    """Record what became of rows we opened, also of those that were called uncertain meanwhile.

    Rows that carry another's token are left alone.
    """
    rows = list(_settled(c, claim, settled, now))
    if not rows:
        return
    execute_many(c, _SETTLE, rows)
    if any(row["to_state"] == DeliveryState.PENDING and row["to_batch"] == claim.batch for row in rows):
        batches.reopen(c, claim.batch)
    if any(row["to_state"] == DeliveryState.UNCERTAIN for row in rows):
        batches.mark_doubtful(c, {claim.batch}, now)


def _settled(
    c: Connection, claim: Claim, settled: Iterable[Settlement], now: datetime
) -> Iterator[dict[str, Any]]:
    at, put_off = Instant().process_bind_param(now, c.dialect), dict[datetime, int]()
    for settlement in settled:
        batch = claim.batch
        if settlement.again is not None:
            slot = batches.end_of_slot(settlement.again)
            batch = put_off[slot] = put_off.get(slot) or batches.retry_batch(c, claim.batch, slot)
        yield _values(claim, settlement, batch, at)


_SETTLE = (
    update(deliveries)
    .where(
        deliveries.c.edition_id == bindparam("of_edition"),
        deliveries.c.subscriber_id == bindparam("of_subscriber"),
        deliveries.c.occasion == bindparam("of_occasion"),
        or_(
            deliveries.c.state == literal(DeliveryState.SENDING.value),
            deliveries.c.state == literal(DeliveryState.UNCERTAIN.value),
        ),
        deliveries.c.token == bindparam("of_token"),
    )
    .values(
        state=bindparam("to_state", type_=Text()),
        token=bindparam("to_token", type_=Text()),
        batch_id=bindparam("to_batch", type_=Integer()),
        attempts=deliveries.c.attempts + bindparam("charged", type_=Integer()),
        code=bindparam("to_code", type_=Integer()),
        enhanced=bindparam("to_enhanced", type_=Text()),
        text=bindparam("to_text", type_=Text()),
        reason=bindparam("to_reason", type_=Text()),
        relay=bindparam("to_relay", type_=Text()),
        changed_at=bindparam("at", type_=Instant()),
    )
)


def _values(claim: Claim, settlement: Settlement, batch: int, at: int | None) -> dict[str, Any]:
    id_, outcome = settlement.id, settlement.outcome
    state = STATE_OF[outcome.verdict]
    return {
        "of_edition": id_.edition,
        "of_subscriber": id_.subscriber,
        "of_occasion": id_.occasion,
        "of_token": claim.token,
        "to_state": str(state),
        # what is uncertain keeps its token: what is learned late still counts
        "to_token": claim.token if state is DeliveryState.UNCERTAIN else None,
        "to_batch": batch,
        "charged": 0 if outcome.verdict is Verdict.UNSENT else 1,
        "to_code": outcome.code,
        "to_enhanced": outcome.enhanced,
        "to_text": printable(outcome.text[:200]),
        "to_reason": str(outcome.reason),
        "to_relay": outcome.relay,
        "at": at,
    }


def rows_of(c: Connection, batch: int, token: str) -> list[DeliveryId]:
    """The rows of a batch that were opened under *token* and are not settled."""
    table = deliveries.c
    query = select(table.edition_id, table.subscriber_id, table.occasion).where(
        table.batch_id == batch,
        table.token == token,
        table.state.in_((DeliveryState.SENDING, DeliveryState.UNCERTAIN)),
    )
    return [DeliveryId(*row) for row in c.execute(query)]


def learn_accepted(c: Connection, id_: DeliveryId, outcome: Outcome, now: datetime) -> bool:
    """A row that was put back to be sent again turns out to have been accepted: it is not."""
    done = c.execute(
        update(deliveries)
        .where(*_pending(id_))
        .values(
            state=DeliveryState.ACCEPTED,
            code=outcome.code,
            enhanced=outcome.enhanced,
            text=printable(outcome.text[:200]),
            reason=outcome.reason,
            relay=outcome.relay,
            changed_at=now,
        )
    )
    return done.rowcount == 1


def may_go_on(c: Connection, edition: int) -> bool:
    """Whether nobody has paused or cancelled the edition."""
    return bool(c.execute(_STATE_OF_EDITION, {"of_edition": edition}).scalar_one() == EditionState.PREPARED)


_STATE_OF_EDITION = select(editions.c.state).where(editions.c.id == bindparam("of_edition"))


def cancel_what_waits(c: Connection, claim: Claim, now: datetime) -> None:
    """Settle the pending rows of a batch whose edition was cancelled while it was ours."""
    state = c.execute(_STATE_OF_EDITION, {"of_edition": claim.edition}).scalar_one()
    if state != EditionState.CANCELLED:
        return
    c.execute(
        update(deliveries)
        .where(deliveries.c.batch_id == claim.batch, deliveries.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.CANCELLED, reason="the edition was cancelled", changed_at=now)
    )


def _turn_away(
    c: Connection,
    claim: Claim,
    refused: Sequence[DeliveryId],
    earlier: Sequence[int],
    *,
    now: datetime,
    gate: datetime,
) -> None:
    """Settle the rows that may not be sent, each with its reason, or let them wait for an earlier part."""
    query = (
        select(subscribers.c.id, subscribers.c.state, suppressions.c.reason)
        .outerjoin(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)
        .where(subscribers.c.id.in_([id_.subscriber for id_ in refused]))
    )
    barred = {
        row.id: row.reason or f"the reader is {row.state}"
        for row in c.execute(query)
        if row.reason or not _in_a_state_to_get(row.state, notice=claim.standing)
    }
    for id_ in refused:
        if id_.subscriber in barred:
            values = {"state": DeliveryState.SUPPRESSED, "reason": barred[id_.subscriber], "changed_at": now}
            c.execute(update(deliveries).where(*_pending(id_)).values(**values))
    others = [id_.subscriber for id_ in refused if id_.subscriber not in barred]
    if earlier and others:
        c.execute(
            update(deliveries)
            .where(
                deliveries.c.edition_id == claim.edition,
                among(c, deliveries.c.subscriber_id, others),
                deliveries.c.state == DeliveryState.PENDING,
                _waits_in(earlier),
            )
            .values(batch_id=batches.retry_batch(c, claim.batch, gate), reason=GATED)
        )


def _in_a_state_to_get(state: str, *, notice: bool) -> bool:
    return state != SubscriberState.ERASED if notice else state == SubscriberState.ACTIVE


def _earlier_open_editions(c: Connection, edition: int) -> list[int]:
    """Editions of the same series, published before, with open batches: usually none."""
    return list(c.execute(_EARLIER_OPEN, {"of_edition": edition}).scalars())


def _earlier_open() -> Select[int]:
    this = (
        select(publications.c.id, publications.c.series)
        .join(editions, editions.c.publication_id == publications.c.id)
        .where(editions.c.id == bindparam("of_edition"))
        .subquery()
    )
    return (
        select(editions.c.id)
        .join(publications, publications.c.id == editions.c.publication_id)
        .join(this, this.c.series == publications.c.series)
        .where(
            editions.c.state != EditionState.CANCELLED,
            publications.c.id < this.c.id,
            exists().where(batch_table.c.edition_id == editions.c.id, batches.IS_OPEN),
        )
    )


_EARLIER_OPEN = _earlier_open()


def _waits_in(earlier: Sequence[int]) -> ColumnElement[bool]:
    """Whether a row's reader has an open row in one of the editions *earlier*."""
    other = deliveries.alias("earlier")
    return exists(
        select(1).where(
            other.c.edition_id.in_(earlier),
            other.c.subscriber_id == deliveries.c.subscriber_id,
            other.c.state.in_(batches.WAITING),
        )
    )


def _pending(id_: DeliveryId) -> tuple[ColumnElement[bool], ...]:
    return (
        deliveries.c.edition_id == id_.edition,
        deliveries.c.subscriber_id == id_.subscriber,
        deliveries.c.occasion == id_.occasion,
        deliveries.c.state == DeliveryState.PENDING,
    )


def _due(
    row: Row[*tuple[Any, ...]],
    follows: Mapping[int, tuple[Follow, ...]],
    asked: Mapping[int, Row[*tuple[Any, ...]]],
    *,
    standing: bool,
) -> Due:
    (edition, subscriber, occasion, attempts, dated_at, changed_at, prepared_at) = row[:7]
    (address, name, state, token_id, text_only, created_at) = row[7:]
    request = asked.get(occasion)
    if request is not None:
        address = request.address or address
    return Due(
        id=DeliveryId(edition, subscriber, occasion),
        subscriber=Subscriber(
            id=subscriber,
            address=address_of(address),
            name=name,
            state=_STATES[state],
            token_id=token_id,
            follows=follows.get(subscriber, ()),
            created_at=created_at,
            text_only=text_only,
        ),
        attempts=attempts,
        waiting_since=(dated_at or changed_at) if standing else prepared_at,
        dated_at=dated_at,
        asked="" if request is None else request.token_id,
    )


_STATES: Mapping[str, SubscriberState] = {str(state): state for state in SubscriberState}
"""Each state by its name; asking the class is slower, and this is done for each letter."""
