"""Instants carry their zone: a naive datetime is refused at birth."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(instant: datetime) -> datetime:
    """The same *instant* in UTC.

    Raises ValueError for a naive datetime.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no zone")
    return instant.astimezone(UTC)


def whole_second(instant: datetime) -> datetime:
    """*instant* in UTC without its fraction: feeds and mails carry whole seconds."""
    return utc(instant).replace(microsecond=0)
