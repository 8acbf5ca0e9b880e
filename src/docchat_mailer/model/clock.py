"""Where *now* comes from: the doors ask a clock, everything below is told."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """A source of the present instant: the host's, or a virtual one."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...
