"""The pulse: a worker's signs of life, on the file whose lock it holds, for whoever asks whether it lives."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

EVERY = 5.0
"""Seconds between two signs at least: it is felt before every letter."""


class Pulse:
    """Beats when the worker looks what is due, before each letter, and while it waits for a letter's turn."""

    def __init__(self, file: Path, now: Callable[[], datetime]) -> None:
        self._file, self._now = file, now
        self._felt = 0.0
        self.last: datetime | None = None

    def beat(self) -> None:
        """A sign of life."""
        felt = time.monotonic()
        if self.last is not None and felt - self._felt < EVERY:
            return
        self._felt, self.last = felt, self._now()
        with suppress(FileNotFoundError):  # somebody took the file away; the lock on it holds
            os.utime(self._file)


def last_beat(file: Path) -> datetime | None:
    """When a worker was last seen at work, by its *file*; None where none ever was."""
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
