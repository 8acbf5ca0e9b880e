"""When a deferred delivery is tried again (RFC 5321 section 4.5.4.1: back off, and give up after days)."""

from __future__ import annotations

from datetime import datetime, timedelta

WAITS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
"""The waits after the first, second and third attempt."""

LATER_WAIT = timedelta(hours=4)
"""The wait after every attempt that follows."""

LIFETIME = timedelta(hours=48)
"""How long after its creation a delivery may still be tried."""

SPREAD = 0.2
"""How far chance may move a wait, so that deferred deliveries do not come back in one crowd."""


def next_attempt(attempts: int, created_at: datetime, now: datetime, jitter: float) -> datetime | None:
    """When to try again after *attempts* (at least 1) that failed for now, or None to give up.

    *jitter* runs from -1 to 1.  Raises ValueError for values outside these ranges.
    """
    if attempts < 1:
        raise ValueError("a next attempt follows at least one")
    if not -1 <= jitter <= 1:
        raise ValueError("jitter runs from -1 to 1")
    wait = WAITS[attempts - 1] if attempts <= len(WAITS) else LATER_WAIT
    again = now + wait * (1 + jitter * SPREAD)
    return again if again <= created_at + LIFETIME else None
