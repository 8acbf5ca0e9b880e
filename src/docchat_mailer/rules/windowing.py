"""How many deliveries of a batch are open at a time."""

from __future__ import annotations

LARGEST = 100
"""Rows of a window: what a power failure may leave uncertain on each connection."""

SECONDS = 2.0
"""Work a window may hold, so that one who leaves is heard within that time."""

FIRST = 20
"""The size while no pace is known."""


def window_size(largest: int, sent: int, seconds: float) -> int:
    """Rows to open next, after *sent* letters took *seconds*: at most *largest*, at least 1."""
    if largest <= 1 or not sent:
        return max(1, min(largest, FIRST))
    pace = sent / max(seconds, 1e-6)
    return max(1, min(largest, int(pace * SECONDS)))
