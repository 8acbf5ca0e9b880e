"""Batches: some 500 deliveries of one edition for one destination, and whose they are for now.

A worker owns a batch while its random token is on it and the lease has not run out.  Leases go by the
database's clock, since hosts disagree; when a batch is due goes by the caller's, which may be virtual.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from docchat_mailer.model.delivery import BatchState, DeliveryState
from docchat_mailer.model.publication import EditionState
from docchat_mailer.store.clock import database_now
from docchat_mailer.store.schema import (
    MICROSECOND,
    Instant,
    batches as table,
    deliveries,
    editions,
    publications,
)
from docchat_mailer.store.upserting import insert_into

LEASE = timedelta(seconds=30)
"""How long a claim holds without a word from its owner."""

SLOT = timedelta(minutes=5)
"""Deliveries put off are collected for the end of a slot of this length."""

IS_OPEN = table.c.state == literal_column(f"'{BatchState.OPEN}'")
"""The condition of the partial index, in its very words: a parameter in its place would hide the index."""

WAITING = (DeliveryState.PENDING, DeliveryState.SENDING)
"""The states that keep a batch open."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A batch of ours: *token* is on it, and on each of its rows that we open.

    *standing* says that its edition is one: a notice's.
    """

    batch: int
    edition: int
    destination: str
    token: str
    standing: bool = False


def anything_open(c: Connection) -> bool:
    """Whether any delivery waits; the cost does not grow with those that are done."""
    return c.execute(select(1).select_from(table).where(IS_OPEN).limit(1)).first() is not None


def open_editions(c: Connection) -> list[int]:
    """Editions that may be sent and have open batches, in the order of their publication."""
    query = select(editions.c.id).where(_may_be_sent(), exists().where(_of_edition(), IS_OPEN))
    return list(c.execute(query.order_by(editions.c.id)).scalars())


def ready(c: Connection, now: datetime, *, limit: int = 1000) -> list[int]:
    """Batches to claim at *now*: edition by edition in the order of publication, a canary before the rest.

    An edition waits until the one before it in its series has been tried with everybody: otherwise its
    readers would be turned away, one by one, for an earlier part that is still open for them.
    """
    query = (
        select(table.c.id)
        .join(editions, editions.c.id == table.c.edition_id)
        .where(IS_OPEN, _may_be_sent(), _is_due(now), _is_free())
        .where(table.c.edition_id.not_in(_behind_another(c, now)))
        .order_by(table.c.edition_id, table.c.canary.desc(), table.c.id)
    )
    return list(c.execute(query.limit(limit)).scalars())


def _behind_another(c: Connection, now: datetime) -> list[int]:
    """Editions with an edition before them in their series that is under way now."""
    query = (
        select(editions.c.id, publications.c.series)
        .join(publications, publications.c.id == editions.c.publication_id)
        .where(_may_be_sent(), exists().where(_of_edition(), IS_OPEN, _not_before(now)))
        .order_by(publications.c.id)
    )
    seen: set[str] = set()
    behind = []
    for row in c.execute(query):
        if row.series in seen:
            behind.append(row.id)
        seen.add(row.series)
    return behind


def claim(c: Connection, batch: int, token: str, now: datetime) -> Claim | None:
    """Make *batch* ours; None where it is done, busy or not due.

    Rows that the last owner left ``sending`` become uncertain and keep that owner's token, so that what it
    knows still counts if it is ever heard of again.
    """
    taken = c.execute(
        update(table)
        .where(table.c.id == batch, IS_OPEN, _is_free(), _not_before(now))
        .values(
            takeovers=table.c.takeovers + case((table.c.token.is_(None), 0), else_=1),
            token=token,
            lease_until=database_now(LEASE),
        )
        .returning(table.c.edition_id, table.c.destination, _standing())
    ).first()
    if taken is None:
        return None
    doubt(c, [batch], now)
    return Claim(
        batch=batch,
        edition=taken.edition_id,
        destination=taken.destination,
        token=token,
        standing=bool(taken.standing),
    )


def _standing() -> ColumnElement[bool]:
    of_it = select(editions.c.standing).where(editions.c.id == table.c.edition_id)
    return of_it.correlate(table).scalar_subquery().label("standing")


def doubt(c: Connection, of: Iterable[int], now: datetime) -> int:
    """Rows of these batches that somebody else left ``sending`` become uncertain; returns how many."""
    done = c.execute(
        update(deliveries)
        .where(deliveries.c.batch_id.in_(list(of)), deliveries.c.state == DeliveryState.SENDING)
        .values(
            state=DeliveryState.UNCERTAIN,
            reason="the program ended while this was being sent",
            changed_at=now,
        )
        .returning(deliveries.c.batch_id)
    )
    doubted = list(done.scalars())
    mark_doubtful(c, set(doubted), now)
    return len(doubted)


def mark_doubtful(c: Connection, of: Collection[int], now: datetime) -> None:
    """Rows of these batches have become uncertain."""
    if of:
        c.execute(update(table).where(table.c.id.in_(list(of))).values(doubtful_at=now))


def renew(c: Connection, claimed: Claim, *, accepted: int = 0, rejected: int = 0, policy: int = 0) -> bool:
    """Hold a batch for another lease, and add outcomes to its tally; False where it is not ours any more."""
    told = {
        "of_batch": claimed.batch,
        "our_token": claimed.token,
        "lease": LEASE // MICROSECOND,
        "more_accepted": accepted,
        "more_rejected": rejected,
        "more_policy": policy,
    }
    return c.execute(_RENEW, told).rowcount == 1


_RENEW = (
    update(table)
    .where(table.c.id == bindparam("of_batch"), table.c.token == bindparam("our_token"))
    .values(
        lease_until=database_now().op("+", return_type=Instant())(bindparam("lease", type_=BigInteger())),
        accepted=table.c.accepted + bindparam("more_accepted", type_=Integer()),
        rejected=table.c.rejected + bindparam("more_rejected", type_=Integer()),
        policy=table.c.policy + bindparam("more_policy", type_=Integer()),
    )
)


def release(c: Connection, claimed: Claim, *, not_before: datetime | None = None) -> bool:
    """Let a batch go: it is done where none of its rows waits, else due again at *not_before*.

    Returns whether it is done.
    """
    _lock(c, claimed.batch)
    waits = c.execute(
        select(1).where(deliveries.c.batch_id == claimed.batch, deliveries.c.state.in_(WAITING)).limit(1)
    ).first()
    state = BatchState.OPEN if waits else BatchState.DONE
    values = {"token": None, "lease_until": None, "state": state, "not_before": not_before}
    c.execute(update(table).where(*_ours(claimed)).values(**values))
    return waits is None


def reopen(c: Connection, batch: int) -> None:
    """Let a batch that was done be claimed again: one of its rows turned out to wait still."""
    _lock(c, batch)
    c.execute(
        update(table).where(table.c.id == batch, ~IS_OPEN).values(state=BatchState.OPEN, not_before=None)
    )


def retry_batch(c: Connection, source: int, at: datetime) -> int:
    """The batch that collects what is put off from the batch *source* until *at*, made where it is missing.

    It is due at the end of the slot that *at* lies in.
    """
    slot = end_of_slot(at)
    origin = select(table.c.edition_id, table.c.destination).where(table.c.id == source)
    row = c.execute(origin).one()
    values = {
        "edition_id": row.edition_id,
        "destination": row.destination,
        "number": None,
        "canary": False,
        "source_batch": source,
        "slot": slot,
        "not_before": slot,
        "state": BatchState.OPEN,
        "takeovers": 0,
        "accepted": 0,
        "rejected": 0,
        "policy": 0,
    }
    c.execute(insert_into(c, table).values(**values).on_conflict_do_nothing())
    found = select(table.c.id).where(table.c.source_batch == source, table.c.slot == slot)
    batch = int(c.execute(found).scalar_one())
    reopen(c, batch)
    return batch


def _lock(c: Connection, batch: int) -> None:
    """Let nobody else put rows into a batch, or let it go, before this transaction is over.

    Without it one would find nothing waiting while another puts a row there that neither of them sees.
    SQLite has one writer anyway, and leaves FOR UPDATE out.
    """
    c.execute(select(1).where(table.c.id == batch).with_for_update())


def end_of_slot(at: datetime) -> datetime:
    """The end of the slot of five minutes that *at* lies in; an instant that ends one is its own."""
    into = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at + (SLOT - into) if into else at


def leased(c: Connection) -> list[int]:
    """Open batches that somebody owns, whether or not the lease has run out."""
    return list(c.execute(select(table.c.id).where(IS_OPEN, table.c.token.is_not(None))).scalars())


def drop_leases(c: Connection, of: Iterable[int]) -> None:
    """Free these batches at once: only for whoever can prove that their owners are gone."""
    c.execute(update(table).where(table.c.id.in_(list(of))).values(token=None, lease_until=None))


def drop_claim(c: Connection, claimed: Claim) -> bool:
    """Free a batch at once whose owner is proven gone; False where it was not its batch any more."""
    done = c.execute(update(table).where(*_ours(claimed)).values(token=None, lease_until=None))
    return done.rowcount == 1


def oldest_due(c: Connection, now: datetime) -> datetime | None:
    """Since when the longest due batch waits to be sent; None where none is due at *now*."""
    since = func.coalesce(table.c.not_before, editions.c.prepared_at)
    query = (
        select(func.min(since))
        .join(editions, editions.c.id == table.c.edition_id)
        .where(IS_OPEN, _may_be_sent(), _is_due(now))
    )
    usual = c.execute(query.where(~editions.c.standing)).scalar()
    # a notice was asked for long after its edition was prepared, and has a batch of its own
    rows = query.with_only_columns(func.min(deliveries.c.changed_at)).join(
        deliveries, deliveries.c.batch_id == table.c.id
    )
    notice = c.execute(rows.where(editions.c.standing, deliveries.c.state.in_(WAITING))).scalar()
    return min((instant for instant in (usual, notice) if instant is not None), default=None)


def takeovers(c: Connection) -> int:
    """How often a batch was taken from an owner who was not heard of any more."""
    return int(c.execute(select(func.coalesce(func.sum(table.c.takeovers), 0))).scalar_one())


def next_due(c: Connection, now: datetime) -> datetime | None:
    """The earliest instant after *now* at which a batch that waits is due."""
    query = (
        select(func.min(table.c.not_before))
        .join(editions, editions.c.id == table.c.edition_id)
        .where(IS_OPEN, _may_be_sent(), table.c.not_before > now)
    )
    canary = select(func.min(editions.c.canary_until)).where(_may_be_sent(), editions.c.canary_until > now)
    instants = (c.execute(query).scalar(), c.execute(canary).scalar())
    return min((instant for instant in instants if instant is not None), default=None)


def has_open(c: Connection, edition: int) -> bool:
    """Whether an edition has a batch that is not done."""
    query = select(1).select_from(table).where(table.c.edition_id == edition, IS_OPEN)
    return c.execute(query.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Tally:
    """Outcomes of an edition since it was last resumed; *policy* are among the *rejected*."""

    accepted: int
    rejected: int
    policy: int


def tally(c: Connection, edition: int) -> Tally:
    """What the batches of an edition have seen."""
    sums = (
        func.coalesce(func.sum(column), 0) for column in (table.c.accepted, table.c.rejected, table.c.policy)
    )
    row = c.execute(select(*sums).where(table.c.edition_id == edition)).one()
    return Tally(*(int(value) for value in row))


def with_refusals(c: Connection, edition: int) -> list[int]:
    """Batches of an edition in which something was refused."""
    query = select(table.c.id).where(table.c.edition_id == edition, table.c.rejected > 0)
    return list(c.execute(query).scalars())


def forget_tally(c: Connection, edition: int) -> None:
    """Start counting anew: the operator has looked."""
    c.execute(update(table).where(table.c.edition_id == edition).values(accepted=0, rejected=0, policy=0))


def _ours(claimed: Claim) -> tuple[ColumnElement[bool], ...]:
    return (table.c.id == claimed.batch, table.c.token == claimed.token)


def _of_edition() -> ColumnElement[bool]:
    return table.c.edition_id == editions.c.id


def _may_be_sent() -> ColumnElement[bool]:
    return (editions.c.state == EditionState.PREPARED) & editions.c.prepared_at.is_not(None)


def _is_free() -> ColumnElement[bool]:
    return or_(table.c.token.is_(None), table.c.lease_until < database_now())


def _not_before(now: datetime) -> ColumnElement[bool]:
    return or_(table.c.not_before.is_(None), table.c.not_before <= now)


def _is_due(now: datetime) -> ColumnElement[bool]:
    """A batch whose time has come; the rest of an edition waits for its canary."""
    return _not_before(now) & or_(table.c.canary, editions.c.canary_passed_at.is_not(None))
