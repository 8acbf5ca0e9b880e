"""People who may receive, and what they follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from docchat_mailer.model.destinations import destination_of
from docchat_mailer.model.subscriber import Address, Follow, Scope, Subscriber, SubscriberState
from docchat_mailer.store.among import among
from docchat_mailer.store.schema import subscribers as table, subscriptions
from docchat_mailer.store.upserting import insert_into


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
    return _subscribers(c, rows)[0] if rows else None


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
    return _subscribers(c, c.execute(query).all())


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


def count_followers(c: Connection, series: str, tags: Sequence[str]) -> int:
    """How many active people follow the site, the series or one of the tags, each counted once."""
    following = select(subscriptions.c.subscriber_id).where(follows_any(series, tags)).distinct()
    query = select(func.count()).where(table.c.state == SubscriberState.ACTIVE, table.c.id.in_(following))
    return c.execute(query).scalar_one()


def followed(c: Connection) -> set[Follow]:
    """Everything that anybody follows."""
    rows = c.execute(select(subscriptions.c.scope, subscriptions.c.key).distinct())
    return {Follow(Scope(scope), key) for scope, key in rows}


def follows_any(series: str, tags: Iterable[str]) -> ColumnElement[bool]:
    """The subscriptions that make someone part of an edition's usual audience."""
    tie = subscriptions.c
    return or_(
        tie.scope == Scope.SITE,
        and_(tie.scope == Scope.SERIES, tie.key == series),
        and_(tie.scope == Scope.TAG, tie.key.in_(list(tags))),
    )


def _subscribers(c: Connection, rows: Sequence[Row[Any]]) -> list[Subscriber]:
    follows = follows_of(c, [row.id for row in rows])
    return [
        Subscriber(
            id=row.id,
            address=address_of(row.address),
            name=row.name,
            state=SubscriberState(row.state),
            token_id=row.token_id,
            follows=follows.get(row.id, ()),
            created_at=row.created_at,
        )
        for row in rows
    ]


def follows_of(c: Connection, ids: Sequence[int]) -> dict[int, tuple[Follow, ...]]:
    """What each of *ids* follows."""
    found: defaultdict[int, list[Follow]] = defaultdict(list)
    tie = subscriptions.c
    for start in range(0, len(ids), 500):
        query = select(subscriptions).where(among(c, tie.subscriber_id, ids[start : start + 500]))
        for row in c.execute(query.order_by(tie.subscriber_id, tie.scope, tie.key)):
            found[row.subscriber_id].append(Follow(Scope(row.scope), row.key))
    return {subscriber_id: tuple(follows) for subscriber_id, follows in found.items()}


def address_of(stored: str) -> Address:
    """An address as it was parsed when it came in."""
    local, _, domain = stored.rpartition("@")
    return Address(local=local, domain=domain)
