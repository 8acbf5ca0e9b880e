"""Two clocks: the host's, and one that stands where it is put."""

from __future__ import annotations

from datetime import UTC, datetime

from docchat_mailer.model.instants import utc


class SystemClock:
    """The host's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


class VirtualClock:
    """A clock that is set by hand; it never moves by itself and never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = utc(start)

    def now(self) -> datetime:
        """The instant it was last set to, in UTC."""
        return self._now

    def set(self, instant: datetime) -> None:
        """Move on to *instant*.

        Raises ValueError for an earlier one.
        """
        if utc(instant) < self._now:
            raise ValueError(f"{instant} lies before {self._now}")
        self._now = utc(instant)
