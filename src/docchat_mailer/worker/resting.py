"""How long the mail rests after a relay could not be used: publishing goes on, nobody's letter is charged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from docchat_mailer.errors import RelayDownError, RelayError

FIRST = timedelta(seconds=10)
"""After the first failure to reach it; doubled each time."""

LONGEST = timedelta(minutes=5)
"""The longest rest for a relay that is down."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)

REFUSED = timedelta(minutes=20)
"""After a refused login or sender: three tries an hour do no harm, more look like an attack."""


@dataclass(slots=True)
class Rest:
    """Until when the mail rests, and how often in a row the relay has failed."""

    until: datetime = LONG_AGO
    failures: int = 0

    def over(self, now: datetime) -> bool:
        """Whether the relay may be tried again."""
        return now >= self.until

    def failed(self, error: RelayError, now: datetime) -> timedelta:
        """The relay could not be used; returns how long it is left alone."""
        doubled = FIRST * (1 << min(self.failures, 10))
        wait = min(doubled, LONGEST) if isinstance(error, RelayDownError) else REFUSED
        self.failures += 1
        self.until = now + wait
        return wait

    def worked(self) -> None:
        """The relay could be used."""
        self.failures = 0
