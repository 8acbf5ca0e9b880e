"""What somebody asked for who must show first that the address is theirs: used once, and for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from docchat_mailer.model.subscriber import Address, Wish
from docchat_mailer.store.schema import requests as table
from docchat_mailer.store.subscribers import address_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One wish; *id* is the occasion of the notice that asks back, *token_id* random and in its link.

    *follows* is what they want, as it is written; *address* the new one of who changes theirs.
    """

    id: int
    wish: Wish
    token_id: str
    subscriber: int
    address: Address | None
    follows: str
    source: str
    wording: str
    asked_at: datetime
    expires_at: datetime
    settled_at: datetime | None


def ask(
    c: Connection,
    wish: Wish,
    subscriber: int,
    *,
    token_id: str,
    source: str,
    wording: str,
    at: datetime,
    expires_at: datetime,
    follows: str = "",
    address: Address | None = None,
) -> int:
    """Remember a wish; returns its id."""
    made = c.execute(
        insert(table).values(
            wish=wish,
            token_id=token_id,
            subscriber_id=subscriber,
            address=None if address is None else str(address),
            follows=follows,
            source=source,
            wording=wording,
            asked_at=at,
            expires_at=expires_at,
        )
    ).inserted_primary_key
    if made is None:
        raise RuntimeError("the database gave no key for the request")
    return int(made[0])


def find(c: Connection, token_id: str) -> Request | None:
    """The request with that random name."""
    row = c.execute(select(table).where(table.c.token_id == token_id)).first()
    if row is None:
        return None
    return Request(
        id=row.id,
        wish=Wish(row.wish),
        token_id=row.token_id,
        subscriber=row.subscriber_id,
        address=None if row.address is None else address_of(row.address),
        follows=row.follows,
        source=row.source,
        wording=row.wording,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        settled_at=row.settled_at,
    )


def settle(c: Connection, request: int, at: datetime) -> bool:
    """Use a request; False where it was used before."""
    done = c.execute(
        update(table).where(table.c.id == request, table.c.settled_at.is_(None)).values(settled_at=at)
    )
    return done.rowcount == 1


def settle_all(c: Connection, subscriber: int, at: datetime) -> None:
    """Let nothing that a person asked for before come true any more."""
    c.execute(
        update(table)
        .where(table.c.subscriber_id == subscriber, table.c.settled_at.is_(None))
        .values(settled_at=at)
    )
