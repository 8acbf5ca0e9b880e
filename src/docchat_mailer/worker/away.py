"""How long the database is left alone that cannot be reached: it comes back by itself, and so do we.

Nothing is decided here about what was under way: the journal and the keys of the ledger settle that, as after
a kill, when the worker looks again.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST, LONGEST = 1.0, 30.0
"""Seconds after the first failure, doubled each time, and at most."""

SPREAD = 0.25
"""How far chance may move a wait, so that many workers do not come back at one moment."""


@dataclass(slots=True)
class Away:
    """Until when, by a clock that is never set, the database is left alone, and since when it is away."""

    until: float = 0.0
    since: float = 0.0
    failures: int = 0

    def over(self, now: float) -> bool:
        """Whether it may be asked again."""
        return now >= self.until

    def lost(self, now: float, jitter: float) -> float:
        """It could not be reached; returns the seconds it is left alone.  *jitter* runs from -1 to 1."""
        if not self.failures:
            self.since = now
        wait = min(FIRST * (1 << min(self.failures, 10)), LONGEST) * (1 + SPREAD * jitter)
        self.failures += 1
        self.until = now + wait
        return wait

    def back(self, now: float) -> float:
        """It answers; returns for how many seconds it was away, 0 where it was not."""
        gone = now - self.since if self.failures else 0.0
        self.failures = 0
        return gone
