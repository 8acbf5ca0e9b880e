"""What a run of sending has done so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from docchat_mailer.model.delivery import Outcome, Verdict


@dataclass(slots=True)
class SendReport:
    """Outcomes counted; *total* is what the run set out with, *refused* were never tried."""

    total: int = 0
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    refused: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)
    paused: dict[int, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Rows that were looked at."""
        return self.accepted + self.deferred + self.rejected + self.uncertain + self.refused

    def count(self, outcome: Outcome) -> None:
        """Add one outcome; what was not handed over is not one."""
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
