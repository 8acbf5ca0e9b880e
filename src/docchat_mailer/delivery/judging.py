"""What the outcomes of some letters mean for the rest of their edition, and for the readers' addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from docchat_mailer.model.delivery import Outcome, Reason, Verdict
from docchat_mailer.rules.breaker import is_sound, reason_to_stop
from docchat_mailer.store import batches, canaries, editions, suppressions, windows
from docchat_mailer.store.batches import Claim
from docchat_mailer.store.database import Connection


@dataclass(slots=True)
class Count:
    """Outcomes since the last transaction; *too_big* is what a relay said of a letter it finds too big."""

    accepted: int = 0
    rejected: int = 0
    policy: int = 0
    too_big: str = ""

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        if outcome.verdict is Verdict.ACCEPTED:
            self.accepted += 1
        elif outcome.verdict is Verdict.REJECTED:
            self.rejected += 1
            self.policy += outcome.reason == Reason.POLICY
        if outcome.reason == Reason.TOO_BIG:
            self.too_big = f"the relay finds the letter too big: {outcome.text or outcome.code}"

    def as_columns(self) -> dict[str, int]:
        """What a batch's tally grows by."""
        return {"accepted": self.accepted, "rejected": self.rejected, "policy": self.policy}


def judge(c: Connection, edition: int, count: Count, *, finished: bool = False) -> str | None:
    """Pause an edition whose letters come back; returns why, or None where it goes on."""
    if not count.rejected and not count.too_big:
        return None
    seen = batches.tally(c, edition)
    reason = count.too_big or reason_to_stop(seen.accepted, seen.rejected, seen.policy, finished=finished)
    if reason is None or not editions.pause(c, edition, reason):
        return None
    return reason


def close_batch(
    c: Connection,
    claim: Claim,
    count: Count,
    *,
    now: datetime,
    known_sound: bool,
    again: datetime | None = None,
) -> tuple[str | None, bool]:
    """Let a batch go until *again*, or for any time.

    Returns why its edition was paused now, if it was, and whether the edition is sound.

    Addresses that a relay calls unknown are suppressed only where the edition is sound: a relay that refuses
    everybody must not empty the list.
    """
    windows.cancel_what_waits(c, claim, now)
    batches.release(c, claim, not_before=again)
    canaries.rest(c, claim.edition, now)
    finished = not batches.has_open(c, claim.edition)
    paused = judge(c, claim.edition, count, finished=finished)
    seen = batches.tally(c, claim.edition) if finished or not known_sound else None
    if seen is not None and not is_sound(seen.accepted, seen.rejected, seen.policy, finished=finished):
        return paused, False
    if paused is None:
        refused = [claim.batch] if known_sound else batches.with_refusals(c, claim.edition)
        suppressions.suppress_unknown(c, refused, now)
    return paused, paused is None


def judge_canary(c: Connection, edition: int, now: datetime) -> str | None:
    """Let the rest of an edition follow its canary, or pause it; returns why, where it is paused."""
    seen = batches.tally(c, edition)
    reason = reason_to_stop(seen.accepted, seen.rejected, seen.policy, finished=True)
    if reason is not None and editions.pause(c, edition, reason):
        return reason
    canaries.let_pass(c, edition, now)
    return None
