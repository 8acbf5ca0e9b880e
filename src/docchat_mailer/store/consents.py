"""The proof of consent, append-only: what was agreed to or taken back, when, where, and by which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from docchat_mailer.store.schema import consents as table


class Consenting(StrEnum):
    """What happened."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    IMPORTED = "imported"
    CHANGED = "changed"
    MOVED = "moved"
    STAYED = "stayed"
    LEFT = "left"
    ERASED = "erased"


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """One line of the proof."""

    event: str
    at: datetime
    source: str
    wording: str


def note(
    c: Connection, subscriber: int, event: Consenting, at: datetime, *, source: str, wording: str
) -> None:
    """Add a line."""
    c.execute(
        insert(table).values(subscriber_id=subscriber, event=event, at=at, source=source, wording=wording)
    )


def of_subscriber(c: Connection, subscriber: int) -> list[Consent]:
    """Everything that is known of one person's consent, oldest first."""
    rows = c.execute(select(table).where(table.c.subscriber_id == subscriber).order_by(table.c.id))
    return [Consent(event=row.event, at=row.at, source=row.source, wording=row.wording) for row in rows]
