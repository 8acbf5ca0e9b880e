"""People who may receive, and what they follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from docchat_mailer.model.destinations import destination_of
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.subscriber import (
    Address,
    Follow,
    Rhythm,
    Scope,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionState,
)
from docchat_mailer.store.among import among
from docchat_mailer.store.audience import getting
from docchat_mailer.store.schema import subscribers as table, subscriptions
from docchat_mailer.store.upserting import insert_into

SOME_DAY = datetime(9999, 1, 1, tzinfo=UTC)
"""When every pause that has an end is over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSubscriber:
    """Someone to add; *address_hash* is the keyed hash that suppressions are kept under."""

    address: Address
    name: str
    token_id: str
    follows: tuple[Follow, ...]
    state: SubscriberState
    at: datetime
    address_hash: str


def address_key(address: Address) -> str:
    """What makes two spellings of an address one person: the whole of it in lower case."""
    return str(address).lower()


def add_subscribers(c: Connection, people: Sequence[NewSubscriber]) -> int:
    """Add those who are not there yet, and what all of them follow; returns how many are new.

    Who is there keeps name, state and token; new follows are added to theirs.
    """
    if not people:
        return 0
    rows: list[dict[str, Any]] = [
        {
            "address": str(person.address),
            "address_key": address_key(person.address),
            "name": person.name,
            "state": person.state,
            "token_id": person.token_id,
            "address_hash": person.address_hash,
            "created_at": person.at,
            "domain": person.address.domain,
            "destination": destination_of(person.address.domain),
        }
        for person in people
    ]
    statement = insert_into(c, table)
    added = c.execute(statement.on_conflict_do_nothing(index_elements=["address_key"]), rows).rowcount
    ids = _ids(c, [row["address_key"] for row in rows])
    follows = [
        {"subscriber_id": ids[address_key(person.address)], "scope": follow.scope, "key": follow.key}
        for person in people
        for follow in person.follows
    ]
    if follows:
        tie = insert_into(c, subscriptions)
        c.execute(tie.on_conflict_do_nothing(), follows)
    return int(added)


def _ids(c: Connection, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), 500):
        query = select(table.c.address_key, table.c.id).where(
            among(c, table.c.address_key, keys[start : start + 500])
        )
        found.update((row.address_key, row.id) for row in c.execute(query))
    return found


def find_subscriber(c: Connection, address: Address) -> Subscriber | None:
    """The person with that address, in whatever state."""
    rows = c.execute(select(table).where(table.c.address_key == address_key(address))).all()
    return get_subscribers(c, rows)[0] if rows else None


def id_of(c: Connection, address: Address) -> int:
    """The id of the person with that address.

    Raises LookupError where nobody has it.
    """
    found = c.execute(select(table.c.id).where(table.c.address_key == address_key(address))).scalar()
    if found is None:
        raise LookupError(f"nobody has the address {address}")
    return int(found)


def by_id(c: Connection, subscriber: int) -> Subscriber | None:
    """The person with that id."""
    found = get_subscribers(c, c.execute(select(table).where(table.c.id == subscriber)).all())
    return found[0] if found else None


def hash_of(c: Connection, subscriber: int) -> str:
    """The keyed hash of a person's address."""
    return str(c.execute(select(table.c.address_hash).where(table.c.id == subscriber)).scalar_one())


def token_ids(c: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The random name of each of these people."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        query = select(table.c.id, table.c.token_id).where(among(c, table.c.id, ids[start : start + 500]))
        found.update((row.id, row.token_id) for row in c.execute(query))
    return found


def subscribers(c: Connection, *, after_id: int = 0, limit: int = 1000) -> list[Subscriber]:
    """A page of people, by id: those after *after_id*, at most *limit*."""
    query = select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    return get_subscribers(c, c.execute(query).all())


def leave(c: Connection, address: Address, at: datetime) -> bool:
    """Nothing more is sent to that person; what was sent stays in the ledger. False: nobody has it."""
    done = c.execute(
        update(table)
        .where(table.c.address_key == address_key(address))
        .values(state=SubscriberState.LEFT, left_at=at)
    )
    return done.rowcount == 1


def set_state(c: Connection, address: Address, state: SubscriberState) -> None:
    """Put a person into *state*."""
    c.execute(update(table).where(table.c.address_key == address_key(address)).values(state=state))


def counts(c: Connection) -> dict[str, int]:
    """How many people are in each state."""
    query = select(table.c.state, func.count()).group_by(table.c.state)
    return {row[0]: row[1] for row in c.execute(query)}


def count_followers(
    c: Connection,
    series: str,
    tags: Sequence[str],
    at: datetime | None = None,
    *,
    kind: Kind = Kind.RELEASE,
) -> int:
    """How many people get an edition of the series, or of one of the tags, *at* then, each counted once.

    Without *at* those are among them whose pause has an end.
    """
    condition = getting(series, tags, at or SOME_DAY, kind=kind)
    query = select(func.count()).select_from(table).where(condition)
    return c.execute(query).scalar_one()


def followed(c: Connection) -> set[Follow]:
    """Everything that anybody follows."""
    rows = c.execute(select(subscriptions.c.scope, subscriptions.c.key).distinct())
    return {Follow(Scope(scope), key) for scope, key in rows}


def get_subscribers(c: Connection, rows: Sequence[Row[Any]]) -> list[Subscriber]:
    """The people that *rows* of the table are, with what they follow."""
    ties = subscriptions_of(c, [row.id for row in rows])
    return [_subscriber(row, ties.get(row.id, ())) for row in rows]


def _subscriber(row: Row[Any], ties: tuple[Subscription, ...]) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=address_of(row.address),
        name=row.name,
        state=SubscriberState(row.state),
        token_id=row.token_id,
        follows=tuple(tie.follow for tie in ties if tie.state is SubscriptionState.ON),
        created_at=row.created_at,
        subscriptions=ties,
        locale=row.locale,
        zone=row.zone,
        text_only=row.text_only,
        announcements=row.announcements,
        paused_until=row.paused_until,
        confirmed_at=row.confirmed_at,
        heard_at=row.heard_at,
    )


def subscriptions_of(c: Connection, ids: Sequence[int]) -> dict[int, tuple[Subscription, ...]]:
    """The subscriptions of each of *ids*, in whatever state."""
    found: defaultdict[int, list[Subscription]] = defaultdict(list)
    for row in _ties_of(c, ids, select(subscriptions)):
        found[row.subscriber_id].append(
            Subscription(
                follow=Follow(Scope(row.scope), row.key),
                state=SubscriptionState(row.state),
                rhythm=Rhythm(row.rhythm),
                paused_until=row.paused_until,
            )
        )
    return {subscriber_id: tuple(ties) for subscriber_id, ties in found.items()}


def _ties_of(c: Connection, ids: Sequence[int], query: Select[Any]) -> Iterator[Row[Any]]:
    tie = subscriptions.c
    for start in range(0, len(ids), 500):
        page = query.where(among(c, tie.subscriber_id, ids[start : start + 500]))
        yield from c.execute(page.order_by(tie.subscriber_id, tie.scope, tie.key))


def address_of(stored: str) -> Address:
    """An address as it was parsed when it came in."""
    local, _, domain = stored.rpartition("@")
    return Address(local=local, domain=domain)
