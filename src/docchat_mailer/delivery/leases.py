"""Whether a claim still holds, seen from the process that made it.

The database measures a lease; the process must know when its own has run out, also after it was stopped or
the machine slept.  So it counts from before it asked, on a clock that runs while the machine sleeps and on
the wall clock; either one past the end means that the claim is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from docchat_mailer.errors import TemporaryError
from docchat_mailer.store.batches import LEASE

KEEP = 10.0
"""Seconds between two renewals of every lease of a process."""


class Ticks(NamedTuple):
    """Seconds on the clock that runs since the start of the machine, and on the wall clock."""

    boot: float
    wall: float


def ticks() -> Ticks:
    """Now, on both clocks; where no clock runs during sleep, the steady one stands in for it."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Ticks(time.clock_gettime(clock), time.time())


class LeaseLostError(TemporaryError):
    """Another worker may have taken the batch: nothing more of it is handed over."""


@dataclass(slots=True)
class Lease:
    """The time that a claim holds for."""

    clock: Callable[[], Ticks] = ticks
    _asked: Ticks = field(init=False)
    lost: bool = False

    def __post_init__(self) -> None:
        """It begins before the database is asked."""
        self._asked = self.clock()

    def renewed(self, asked: Ticks) -> None:
        """The database has said yes to what was *asked* then."""
        self._asked = asked

    def check(self) -> None:
        """Make sure that the claim holds.

        Raises LeaseLostError where it does not, or may not.
        """
        now, length = self.clock(), LEASE.total_seconds()
        passed = max(now.boot - self._asked.boot, now.wall - self._asked.wall)
        if self.lost or passed >= length:
            self.lost = True
            raise LeaseLostError("a batch was lost to another worker", why="its lease ran out")
