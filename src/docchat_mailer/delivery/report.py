"""What a run of sending has done so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from docchat_mailer.model.delivery import Outcome, Verdict
from docchat_mailer.model.measures import Durations


@dataclass(slots=True)
class Wire:
    """What relays answered, by code, and how long each letter took on the wire."""

    replies: dict[int, int] = field(default_factory=dict)
    sending: Durations = field(default_factory=Durations)


@dataclass(slots=True)
class SendReport:
    """Outcomes counted; *total* is what the run set out with, *refused* were never tried.

    *wire* may go on from run to run.
    """

    total: int = 0
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    refused: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)
    paused: dict[int, str] = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)

    @property
    def done(self) -> int:
        """Rows that were looked at."""
        return self.accepted + self.deferred + self.rejected + self.uncertain + self.refused

    def count(self, outcome: Outcome) -> None:
        """Add one outcome; what was not handed over is not one."""
        if outcome.code is not None:
            self.wire.replies[outcome.code] = self.wire.replies.get(outcome.code, 0) + 1
        match outcome.verdict:
            case Verdict.ACCEPTED:
                self.accepted += 1
            case Verdict.DEFERRED:
                self.deferred += 1
            case Verdict.REJECTED:
                self.rejected += 1
            case Verdict.UNCERTAIN:
                self.uncertain += 1
            case Verdict.UNSENT:
                return
        if outcome.reason:
            self.by_reason[outcome.reason] = self.by_reason.get(outcome.reason, 0) + 1
