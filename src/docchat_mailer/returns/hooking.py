"""What a relay's webhook says, taken in once: its signature vouches for it, so it counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from docchat_mailer.model.subscriber import Address
from docchat_mailer.returns.intake import judge, plain
from docchat_mailer.rules.hooks import Told
from docchat_mailer.rules.suppression import BouncePolicy
from docchat_mailer.store import bounces, subscribers
from docchat_mailer.store.bounces import KeptBounce
from docchat_mailer.store.database import Connection, Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Addressed:
    """One event, and the address it is about; None where it names none that could be one."""

    told: Told
    address: Address | None


def take_told(
    db: Database,
    key: str,
    events: Sequence[Addressed],
    policy: BouncePolicy,
    *,
    source: str,
    now: datetime,
) -> int:
    """Take in a request of the relay *source*, named by its own *key*, once; returns how many are barred.

    A second time nothing happens, so a request that was overheard and is sent again counts for nothing.
    """
    digest = hashlib.sha256(f"{source} {key}".encode()).hexdigest()

    def work(c: Connection) -> int:
        if not bounces.remember(c, digest, source, now):
            return 0
        return sum(_take(c, digest, event, policy, source=source, now=now) for event in events)

    return db.retrying(work)


def _take(
    c: Connection, digest: str, event: Addressed, policy: BouncePolicy, *, source: str, now: datetime
) -> bool:
    reader = None if event.address is None else subscribers.find_subscriber(c, event.address)
    told = event.told
    kept = KeptBounce(
        delivery=None,
        subscriber=None if reader is None else reader.id,
        address_hash="",
        kind=told.kind,
        status=told.status,
        rule=source,
        diagnostic=plain(told.diagnostic),
        source=source,
        vouched=reader is not None,
        at=now,
    )
    bounces.add(c, digest, kept)
    return reader is not None and judge(c, reader, policy, now) is not None
