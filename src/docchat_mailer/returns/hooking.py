"""What a relay's webhook says, taken in once: its signature vouches for it, so it counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from docchat_mailer.dsn.judging import judge
from docchat_mailer.dsn.report import Meaning
from docchat_mailer.dsn.statement import Statement
from docchat_mailer.model.bounce import BounceKind
from docchat_mailer.model.subscriber import Address
from docchat_mailer.returns.intake import bar, plain
from docchat_mailer.rules.hooks import Told
from docchat_mailer.rules.suppression import BouncePolicy
from docchat_mailer.store import bounces, subscribers
from docchat_mailer.store.bounces import KeptBounce
from docchat_mailer.store.database import Connection, Database

log = structlog.get_logger("docchat.returns")


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
        kind=_kind(told),
        status=plain(told.status),
        rule=source,
        diagnostic=plain(told.diagnostic),
        source=source,
        vouched=reader is not None,
        at=now,
    )
    bounces.add(c, digest, kept)
    if reader is None:
        return False
    return bar(c, reader, policy, now, source=source, detail=kept.diagnostic) is not None


def _kind(told: Told) -> BounceKind:
    """The relay's word, unless the refusing server's own says that it is not the reader's fault, or passes.

    Relays call each refusal that is final a hard one; what a policy refuses is final too.
    """
    if told.kind not in {BounceKind.HARD, BounceKind.SOFT}:
        return told.kind
    said = judge(
        Statement(
            recipient=told.recipient,
            source="webhook",
            action="failed",
            status=told.status,
            diagnostic=told.diagnostic,
        )
    )
    if said.is_senders_fault:
        log.warning("a_server_finds_fault_with_us", said=said.diagnostic or str(said.meaning))
        return BounceKind.OTHER
    passes = said.kind is BounceKind.SOFT and said.meaning is not Meaning.UNDECIDED
    return BounceKind.SOFT if passes else told.kind
