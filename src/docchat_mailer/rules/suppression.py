"""When an address gets no more letters because of what came back: at once, or after a score.

The score is Mailman's: a hard bounce counts one, a soft one a half, a day counts once, what is old counts no
more, and a letter that stayed away clears what was before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from docchat_mailer.model.bounce import BounceKind

WORTH = {BounceKind.HARD: 1.0, BounceKind.SOFT: 0.5}
"""What a day with such a bounce counts."""


class Barred(StrEnum):
    """Why an address gets nothing more."""

    HARD = "hard bounce"
    SOFT = "soft bounces"
    COMPLAINT = "complaint"


@dataclass(frozen=True, kw_only=True, slots=True)
class BouncePolicy:
    """How much may come back: *limit* is a score, and *stale* how long a bounce counts.

    *hard_at_once* bars an address at its first hard bounce.
    """

    limit: float = 3.0
    stale: timedelta = timedelta(days=30)
    hard_at_once: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """One bounce of a reader that counts: not the sender's fault, and vouched for."""

    at: datetime
    kind: BounceKind


def verdict(
    history: Iterable[Past], now: datetime, policy: BouncePolicy, *, cleared_at: datetime | None = None
) -> Barred | None:
    """Why a reader with this *history* is barred, or None; what is before *cleared_at* counts no more."""
    counting = [past for past in history if _counts(past, now, policy, cleared_at)]
    kinds = {past.kind for past in counting}
    if BounceKind.COMPLAINT in kinds:
        return Barred.COMPLAINT
    if BounceKind.HARD in kinds and policy.hard_at_once:
        return Barred.HARD
    if score(counting) < policy.limit:
        return None
    return Barred.HARD if BounceKind.HARD in kinds else Barred.SOFT


def score(counting: Iterable[Past]) -> float:
    """The sum over the days, each with the worst of its bounces."""
    days: dict[str, float] = {}
    for past in counting:
        day = past.at.strftime("%Y-%m-%d")
        days[day] = max(days.get(day, 0.0), WORTH.get(past.kind, 0.0))
    return sum(days.values())


def _counts(past: Past, now: datetime, policy: BouncePolicy, cleared_at: datetime | None) -> bool:
    if past.kind is BounceKind.COMPLAINT:
        return True
    return now - past.at < policy.stale and (cleared_at is None or past.at > cleared_at)
