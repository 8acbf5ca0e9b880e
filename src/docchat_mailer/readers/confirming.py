"""Saying yes: a request is used once, by whoever reads the mail of its address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from docchat_mailer.model.subscriber import Follow, Scope, Wish
from docchat_mailer.readers.follows import parse_follows
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.store import consents, editions, preferences, requests, subscribers
from docchat_mailer.store.consents import Consenting
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.notices import notify
from docchat_mailer.store.requests import Request

WELCOME = "welcome"
"""The notice that welcomes; that of one series is called ``welcome:`` and its name."""

SKEW = timedelta(hours=24)
"""How far a clock may have been wrong when a request was made, or be now."""


class Confirmed(StrEnum):
    """What came of a link."""

    OPEN = "open"  # it can be used
    DONE = "done"
    USED = "used"  # it was used before, or what came after it took its place
    LATE = "late"
    TAKEN = "taken"  # somebody else has the new address
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """A link as it stands: what it is for, and what can come of it."""

    standing: Confirmed
    wish: Wish | None = None


def look(db: Database, token_id: str, now: datetime) -> Looked:
    """What a link can do; nothing changes."""
    with db.read() as c:
        request = requests.find(c, token_id)
    if request is None:
        return Looked(standing=Confirmed.UNKNOWN)
    return Looked(standing=_standing(request, now), wish=request.wish)


def confirm(db: Database, token_id: str, *, key: bytes, now: datetime, source: str) -> Looked:
    """Use a link: the subscription begins, or the new address is taken.

    A second time changes nothing, also where the person has left since.
    """

    def work(c: Connection) -> Looked:
        request = requests.find(c, token_id)
        if request is None:
            return Looked(standing=Confirmed.UNKNOWN)
        standing = _standing(request, now)
        if standing is Confirmed.OPEN:
            act = _begin if request.wish is Wish.CONFIRM else _move
            standing = act(c, request, key, now, source)
        return Looked(standing=standing, wish=request.wish)

    return db.retrying(work)


def _standing(request: Request, now: datetime) -> Confirmed:
    if request.settled_at is not None:
        return Confirmed.USED
    return Confirmed.LATE if now > request.expires_at + SKEW else Confirmed.OPEN


def _begin(c: Connection, request: Request, _key: bytes, now: datetime, source: str) -> Confirmed:
    if preferences.left_since(c, request.subscriber, request.asked_at):
        return Confirmed.USED  # an operator or a file may have said so, and asked nobody's requests
    if not requests.settle(c, request.id, now):
        return Confirmed.USED
    follows = parse_follows(request.follows)
    new = preferences.activate(c, request.subscriber, follows, now)
    consents.note(c, request.subscriber, Consenting.CONFIRMED, now, source=source, wording=request.wording)
    welcome = _welcome(c, follows) if new else None
    if welcome is not None:
        notify(c, welcome, request.subscriber, request.id, now)
    return Confirmed.DONE


def _welcome(c: Connection, follows: tuple[Follow, ...]) -> int | None:
    """The welcome to what is followed: to a series by its own, to all else by the site's."""
    names = [f"{WELCOME}:{follow.key}" for follow in follows if follow.scope is Scope.SERIES]
    found = (editions.standing(c, name) for name in (*names, WELCOME))
    return next((edition for edition in found if edition is not None), None)


def _move(c: Connection, request: Request, key: bytes, now: datetime, source: str) -> Confirmed:
    if request.address is None:
        raise RuntimeError(f"request {request.id} changes an address and names none")
    if subscribers.find_subscriber(c, request.address) is not None:
        return Confirmed.TAKEN
    requests.settle(c, request.id, now)
    preferences.move(c, request.subscriber, request.address, address_hash(key, request.address), now)
    consents.note(c, request.subscriber, Consenting.MOVED, now, source=source, wording=request.wording)
    return Confirmed.DONE
