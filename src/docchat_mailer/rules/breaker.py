"""When an edition is stopped because too much of it comes back: a broken relay must not empty the list."""

from __future__ import annotations

FIRST = 100
"""Outcomes among which a count decides, and after which a share does."""

FEW = 5
"""Refusals among the first hundred that are nobody's fault but the readers'."""

SHARE = 0.05
"""The share of refusals that is bearable after the first hundred."""

POLICY = 5
"""Readers for whom a letter was refused as policy or spam before the edition is stopped."""


def reason_to_stop(accepted: int, rejected: int, policy: int, *, finished: bool = False) -> str | None:
    """Why an edition with these outcomes must not go on, or None.

    *policy* are among the *rejected*.  Where an edition is *finished* before it came to a hundred, the whole
    of it refused is a reason as well.
    """
    seen = accepted + rejected
    if policy >= POLICY:
        return f"{policy} letters were refused as policy or spam"
    if seen <= FIRST and rejected > FEW:
        return f"{rejected} of the first {seen} letters were refused"
    if seen > FIRST and rejected > seen * SHARE:
        return f"{rejected} of {seen} letters were refused"
    if finished and rejected > 1 and not accepted:
        return f"all {rejected} letters were refused"
    return None


def is_sound(accepted: int, rejected: int, policy: int, *, finished: bool) -> bool:
    """Whether enough is known to believe a relay that says that a reader does not exist."""
    enough = finished or accepted + rejected >= FIRST
    return enough and reason_to_stop(accepted, rejected, policy, finished=finished) is None
