"""Preferences: what a person gets, how often, in which form and where, changed by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from docchat_mailer.model.subscriber import Address, Subscriber, SubscriberState, Subscription, Wish
from docchat_mailer.readers.adding import checked_name
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.readers.signing_up import VALID, Caps, limits_of_address
from docchat_mailer.readers.taking_back import take_back
from docchat_mailer.store import consents, editions, preferences, quotas, requests, suppressions
from docchat_mailer.store.consents import Consenting
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.notices import notify
from docchat_mailer.store.quotas import Quota

CHANGE = "change"
"""The notice that asks at a new address."""

CHANGES_A_DAY = 3
"""Letters about a new address that one person can have sent in a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a person chose; *ties* are those they were shown, *zone* is None where it stays as it is."""

    name: str
    text_only: bool
    announcements: bool
    paused_until: datetime | None
    ties: Sequence[Subscription]
    zone: str | None = None


def is_zone(name: str) -> bool:
    """Whether *name* is a time zone's (IANA)."""
    return name in _zones()


def zone_of(person: Subscriber, usual: ZoneInfo) -> ZoneInfo:
    """Where a person is; *usual* where they did not say, or what they said is no zone any more."""
    return ZoneInfo(person.zone) if is_zone(person.zone) else usual


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def person_of(db: Database, token_id: str) -> Subscriber | None:
    """Who has that random name; nobody who was erased."""
    with db.read() as c:
        return preferences.by_name(c, token_id)


def prefer(db: Database, token_id: str, choice: Choice, *, now: datetime, source: str) -> Subscriber | None:
    """Keep a choice, also for letters that wait already; the person as they are then, None for nobody.

    Raises ValueError for a name that cannot stand on a letter, and for a time zone that is none.
    """
    name = checked_name(choice.name)
    if choice.zone and not is_zone(choice.zone):
        raise ValueError(f"{choice.zone!r} is no time zone")

    def work(c: Connection) -> Subscriber | None:
        person = preferences.by_name(c, token_id)
        if person is None:
            return None
        changed = replace(
            person,
            name=name,
            text_only=choice.text_only,
            announcements=choice.announcements,
            paused_until=choice.paused_until,
            zone=person.zone if choice.zone is None else choice.zone,
        )
        preferences.put_person(c, changed, now)
        preferences.put_subscriptions(c, person.id, choice.ties)
        wording = "; ".join(f"{tie.follow} {tie.state} {tie.rhythm}" for tie in choice.ties)
        consents.note(c, person.id, Consenting.CHANGED, now, source=source, wording=wording)
        kept = preferences.by_name(c, token_id)
        if kept is not None:
            take_back(c, kept, now)
        return kept

    return db.retrying(work)


def change_address(
    db: Database,
    token_id: str,
    address: Address,
    *,
    key: bytes,
    now: datetime,
    source: str,
    random_name: Callable[[], str],
) -> None:
    """Have a letter sent to *address*, where a press changes it; who is told nothing learns nothing.

    None is sent for nobody, for an address that must not be mailed, or too often: the new address is in the
    same caps as one that somebody signs up with.
    """

    def work(c: Connection) -> None:
        person, edition = preferences.by_name(c, token_id), editions.standing(c, CHANGE)
        if person is None or person.state is not SubscriberState.ACTIVE or edition is None:
            return
        hashed = address_hash(key, address)
        own = Quota("change", person.token_id, now.strftime("%Y-%m-%d"), CHANGES_A_DAY)
        limits = [own, *limits_of_address(hashed, now, Caps())]
        if suppressions.suppressed(c, [hashed]) or not quotas.use_all(c, limits):
            return
        request = requests.ask(
            c,
            Wish.CHANGE,
            person.id,
            token_id=random_name(),
            source=source,
            wording="asked to get letters at another address",
            at=now,
            expires_at=now + VALID,
            address=address,
        )
        notify(c, edition, person.id, request, now)

    db.retrying(work)
