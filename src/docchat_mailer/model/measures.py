"""Numbers a monitor asks for: those of the ledger, and those only a running worker knows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 600.0)
"""Upper bounds of the classes of durations, in seconds; a last reply is waited for ten minutes."""


@dataclass(slots=True)
class Durations:
    """How long something took, counted in classes up to the bounds above, and one beyond them."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one that took so long."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """One look at the ledger.

    *settled* counts rows that need no further attempt by state and reason, *queue* the others by state;
    *oldest_due* is how many seconds the longest due delivery waits, 0 where none does.  *sound* says that
    every edition's candidates are the sum of its rows.
    """

    settled: Mapping[tuple[str, str], int]
    queue: Mapping[str, int]
    oldest_due: float
    uncertain: int
    paused: int
    subscribers: Mapping[str, int]
    takeovers: int
    sound: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What a worker knows of itself: its last sign of life, relays' replies by code, how long things took."""

    last_tick: datetime | None = None
    replies: Mapping[int, int] = field(default_factory=dict)
    sending: Durations = field(default_factory=Durations)
    commits: Durations = field(default_factory=Durations)
