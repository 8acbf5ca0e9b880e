"""Spans of time as people write them: ``10 min``, ``12h``, ``2 days``."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
"""An exact span for each unit, by its first letter."""

_WRITTEN = re.compile(
    r"(\d{1,4})\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?|d|weeks?|w)", re.IGNORECASE
)


def counted(written: str) -> tuple[int, str]:
    """How many of which unit, a key of :data:`UNITS`, a text names.

    Raises ValueError for anything else.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise ValueError(f"{written!r} is no span: write 10 min, 12h or 2 days")
    return int(found[1]), found[2][0].lower()


def span_of(written: str) -> timedelta:
    """The exact span a text names; a day is 24 hours.

    Raises ValueError for anything else.
    """
    count, unit = counted(written)
    return count * UNITS[unit]
