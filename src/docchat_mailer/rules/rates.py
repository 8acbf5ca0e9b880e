"""How fast letters leave, as it is written in the settings, and when the last of a mailing is out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

SECONDS = {"s": 1, "min": 60, "h": 3600}
"""The seconds of each unit a rate may be written in."""

FASTEST = 100_000.0
"""Letters a second above which a rate is taken for a slip."""

YEAR = 366 * 86_400.0

_WRITTEN = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*/\s*(s|min|h)", re.IGNORECASE)


def rate_of(written: str) -> float | None:
    """Letters a second of a rate such as ``10/s``, ``600/min`` or ``10000/h``; None for an empty text.

    Raises ValueError for anything else, for none at all, and for more than anything can send.
    """
    if not written.strip():
        return None
    found = _WRITTEN.fullmatch(written.strip())
    rate = float(found[1]) / SECONDS[found[2].lower()] if found else 0.0
    if not 0 < rate <= FASTEST:
        raise ValueError(f"{written!r} is no rate: write 10/s, 600/min or 10000/h")
    return rate


def last_letter(
    start: datetime, letters: int, *, rate: float | None = None, daily_cap: int = 0
) -> datetime | None:
    """About when the last of *letters* leaves, if the first does at *start* and nothing else is mailed.

    *rate* is letters a second, *daily_cap* letters in a day of UTC, 0 for no limit.  None where there is
    nothing to send, or nothing to reckon with.
    """
    if letters <= 0 or (rate is None and not daily_cap):
        return None
    at, left = start.astimezone(UTC), letters
    if daily_cap:
        midnight = datetime.combine(at.date() + timedelta(days=1), time.min, UTC)
        first = min(daily_cap, _sent_by(midnight, at, rate))
        if left > first:
            days, left = divmod(left - first - 1, daily_cap)
            at, left = midnight + timedelta(days=days), left + 1
    return at + timedelta(seconds=(left - 1) / rate) if rate else at


def speed(letters: int, took: timedelta) -> float:
    """Letters a second; what took less than a second counts as one."""
    return letters / max(took.total_seconds(), 1.0)


def time_left(letters: int, rate: float) -> timedelta | None:
    """How long *letters* take at *rate* a second; None where nothing moves, or it would take a year."""
    seconds = letters / rate if rate > 0 else float("inf")
    return timedelta(seconds=round(seconds)) if seconds < YEAR else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """When mail leaves: *grace* after its page is live, at *rate* letters a second, *daily_cap* in a day."""

    grace: timedelta = timedelta(0)
    rate: float | None = None
    daily_cap: int = 0

    def first(self, live: datetime) -> datetime:
        """When the first letter leaves of what is live at *live*."""
        return live + self.grace

    def last(self, live: datetime, letters: int) -> datetime | None:
        """About when the last of *letters* leaves; None where nothing holds them up."""
        return last_letter(self.first(live), letters, rate=self.rate, daily_cap=self.daily_cap)


def _sent_by(end: datetime, start: datetime, rate: float | None) -> int:
    """How many letters leave from *start*, included, to *end*, excluded."""
    if rate is None:
        return 10**12
    return max(1, -int(-(end - start).total_seconds() * rate // 1))
