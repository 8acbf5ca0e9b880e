"""What a use case did, as values: doors print them, log them and turn them into metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docchat_mailer.model.publication import Kind


class EventName(StrEnum):
    """What can happen to a series."""

    RELEASED = "released"
    ANNOUNCED = "announced"
    HELD = "held"
    SKIPPED = "skipped"
    RESUMED = "resumed"  # the text a slot was waiting for has come
    REVISED = "revised"
    PROMISE_KEPT = "promise_kept"
    PROMISE_OVERDUE = "promise_overdue"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened at *at*; *publication* is its id where there is one."""

    at: datetime
    name: EventName
    series: str
    number: int
    kind: Kind = Kind.RELEASE
    entry_id: str = ""
    publication: int | None = None
    detail: str = ""
