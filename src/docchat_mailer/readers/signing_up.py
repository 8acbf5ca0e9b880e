"""Sign-up: whoever types an address gets one letter at it, and the page says the same to everybody.

Nothing is promised about an address until somebody who reads its mail says yes (double opt-in).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.model.subscriber import Address, Follow, SubscriberState, Wish
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.store import consents, editions, quotas, requests, subscribers, suppressions
from docchat_mailer.store.consents import Consenting
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.notices import notify
from docchat_mailer.store.quotas import Quota
from docchat_mailer.store.subscribers import NewSubscriber

CONFIRM = "confirm"
"""The notice that asks back."""

VALID = timedelta(days=7)
"""How long a confirmation link can be used."""

NOBODY = Address(local="nobody", domain="invalid.invalid")
"""Stands for what is no address: the same is done for it, and none of it stays (RFC 6761 section 6.4)."""


UNCOUNTED = 2**31 - 1
"""A cap that no day reaches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """How many confirmation letters there are: for an address, for a network, for the whole site."""

    address_day: int = 1
    address_month: int = 3
    network_day: int = 50
    site_day: int = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class SignUp:
    """Who asks for what: *source* is the page, *wording* what stood above the button."""

    address: Address | None
    follows: Sequence[Follow]
    network: str
    source: str
    wording: str
    name: str = ""


def sign_up(
    db: Database,
    asked: SignUp,
    *,
    key: bytes,
    now: datetime,
    random_name: Callable[[], str],
    caps: Caps | None = None,
) -> bool:
    """Have a confirmation letter sent; whether one is, which nobody who asked is told.

    For every address the same statements are run: where no letter may go out, what they did is undone.  A
    count of all tries stays, so that every answer waits for the disk alike.
    """
    address = asked.address or NOBODY
    hashed = address_hash(key, address)
    network = hmac.digest(key, asked.network.encode(), "sha256").hex()[:16]
    limits = _limits(hashed, network, now, caps or Caps())
    names = (random_name(), random_name())

    def work(c: Connection) -> bool:
        quotas.use(c, Quota("sign-ups", "", now.strftime("%Y-%m-%d"), UNCOUNTED))
        edition = editions.standing(c, CONFIRM)
        with c.begin_nested() as trial:
            tried = _Try(address=address, hashed=hashed, edition=edition, now=now, names=names)
            allowed = _ask(c, asked, tried, limits)
            if not (allowed and asked.address is not None and edition is not None):
                trial.rollback()
                return False
        return True

    return db.retrying(work)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Try:
    """One attempt: *names* are random, of the person and of the request."""

    address: Address
    hashed: str
    edition: int | None
    now: datetime
    names: tuple[str, str]


def _ask(c: Connection, asked: SignUp, tried: _Try, limits: Sequence[Quota]) -> bool:
    """Do everything a sign-up does; whether it may stay."""
    now, hashed = tried.now, tried.hashed
    person = NewSubscriber(
        address=tried.address,
        name=asked.name,
        token_id=tried.names[0],
        follows=(),
        state=SubscriberState.PENDING,
        at=now,
        address_hash=hashed,
    )
    subscribers.add_subscribers(c, [person])
    subscriber = subscribers.id_of(c, tried.address)
    barred = suppressions.suppressed(c, [hashed])
    free = [quotas.use(c, limit) for limit in limits]
    request = requests.ask(
        c,
        Wish.CONFIRM,
        subscriber,
        token_id=tried.names[1],
        source=asked.source,
        wording=asked.wording,
        follows=" ".join(str(follow) for follow in asked.follows),
        at=now,
        expires_at=now + VALID,
    )
    consents.note(c, subscriber, Consenting.ASKED, now, source=asked.source, wording=asked.wording)
    if tried.edition is not None:
        notify(c, tried.edition, subscriber, request, now)
    return not barred and all(free)


def limits_of_address(hashed: str, now: datetime, caps: Caps) -> list[Quota]:
    """How many letters may ask back at one address, whoever asks for them."""
    day, month = now.strftime("%Y-%m-%d"), now.strftime("%Y-%m")
    return [
        Quota("sign-up address", hashed, day, caps.address_day),
        Quota("sign-up address", hashed, month, caps.address_month),
    ]


def _limits(hashed: str, network: str, now: datetime, caps: Caps) -> list[Quota]:
    day = now.strftime("%Y-%m-%d")
    return [
        *limits_of_address(hashed, now, caps),
        Quota("sign-up network", network, day, caps.network_day),
        Quota("sign-up site", "", day, caps.site_day),
    ]
