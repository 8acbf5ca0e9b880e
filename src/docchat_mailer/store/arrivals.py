"""Many people come in at once: who is there already, and who is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from docchat_mailer.model.destinations import destination_of
from docchat_mailer.model.subscriber import Follow, SubscriberState
from docchat_mailer.store.among import among
from docchat_mailer.store.consents import Consenting
from docchat_mailer.store.many import insert_many
from docchat_mailer.store.schema import (
    EPOCH,
    MICROSECOND,
    consents,
    subscribers as table,
    subscriptions,
    suppressions,
)
from docchat_mailer.store.subscribers import NewSubscriber, address_key


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is here: whether they confirmed that themselves, too."""

    id: int
    state: SubscriberState
    confirmed: bool


def known(c: Connection, keys: Sequence[str]) -> dict[str, Known]:
    """Those of the address *keys* that are here."""
    found: dict[str, Known] = {}
    columns = (table.c.address_key, table.c.id, table.c.state, table.c.confirmed_at)
    for start in range(0, len(keys), 500):
        query = select(*columns).where(among(c, table.c.address_key, keys[start : start + 500]))
        for key, id_, state, confirmed in c.execute(query):
            found[key] = Known(id_, SubscriberState(state), confirmed is not None)
    return found


def bring(c: Connection, people: Sequence[NewSubscriber], *, source: str, wording: str) -> dict[str, int]:
    """Add *people* with the proof of their consent, or that they left; ids of those who are new, by key."""
    rows = [
        (
            str(person.address),
            address_key(person.address),
            person.name,
            person.state,
            person.token_id,
            person.address_hash,
            _stored(person.at),
            person.address.domain,
            destination_of(person.address.domain),
        )
        for person in people
    ]
    insert_many(c, table, PERSON, rows)
    ids = _ids(c, {row[1]: row[4] for row in rows})
    tie(c, {ids[row[1]]: person.follows for row, person in zip(rows, people, strict=True) if row[1] in ids})
    proof = [
        (ids[row[1]], EVENTS[person.state], row[6], source, wording)
        for row, person in zip(rows, people, strict=True)
        if row[1] in ids
    ]
    insert_many(c, consents, ("subscriber_id", "event", "at", "source", "wording"), proof)
    return ids


PERSON = (
    "address",
    "address_key",
    "name",
    "state",
    "token_id",
    "address_hash",
    "created_at",
    "domain",
    "destination",
)

EVENTS = {SubscriberState.ACTIVE: Consenting.IMPORTED, SubscriberState.LEFT: Consenting.LEFT}
"""What the proof says of somebody who is brought in so."""


def _ids(c: Connection, tokens: Mapping[str, str]) -> dict[str, int]:
    """Ids by address key of those who have their new random name: somebody else may have been quicker."""
    keys, found = list(tokens), {}
    columns = (table.c.address_key, table.c.id, table.c.token_id)
    for start in range(0, len(keys), 500):
        query = select(*columns).where(among(c, table.c.address_key, keys[start : start + 500]))
        found.update({key: id_ for key, id_, token in c.execute(query) if tokens[key] == token})
    return found


def tie(c: Connection, follows: Mapping[int, Sequence[Follow]]) -> None:
    """Let these people follow more; how they follow what they follow already stays as it is."""
    rows = [(id_, follow.scope, follow.key) for id_, each in follows.items() for follow in each]
    insert_many(c, subscriptions, ("subscriber_id", "scope", "key"), rows)


def bar(c: Connection, hashes: Sequence[str], reason: str, *, at: datetime, source: str) -> None:
    """Suppress the addresses with these hashes."""
    rows = [(hashed, reason, _stored(at), source) for hashed in hashes]
    insert_many(c, suppressions, ("address_hash", "reason", "at", "source"), rows)


def _stored(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
