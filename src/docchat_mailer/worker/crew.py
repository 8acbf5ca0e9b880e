"""The crew: what a worker works with, handed to it by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docchat_mailer.delivery.dispatch import Mailing
from docchat_mailer.model.clock import Clock
from docchat_mailer.model.delivery import Courier
from docchat_mailer.publishing.press import Press


@dataclass(frozen=True, kw_only=True, slots=True)
class Crew:
    """The press and the courier of one site, how it mails, and the clock they go by.

    *lock* is the file that keeps a second worker out, *journal* the folder of the outcome journals, *metrics*
    the file that a monitor's collector reads, None for none.  *returns* collects what came back, where it
    comes to a mailbox of ours; *forget* erases who is kept long enough.
    """

    press: Press
    courier: Courier
    clock: Clock
    mailing: Mailing
    lock: Path
    journal: Path
    metrics: Path | None = None
    returns: Callable[[], None] | None = None
    forget: Callable[[], None] | None = None

    @property
    def mark(self) -> Path:
        """The file that tells which database sent last."""
        return self.lock.with_name("ledger.mark")
