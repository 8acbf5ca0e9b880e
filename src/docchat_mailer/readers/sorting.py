"""What becomes of people from a file: nobody receives who left there or here, or whose mail came back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from docchat_mailer.model.subscriber import SubscriberState
from docchat_mailer.readers.presets import Standing
from docchat_mailer.store.arrivals import Known


class Verdict(StrEnum):
    """What becomes of one of them."""

    ADDED = "added"
    ADDED_LEFT = "left"  # kept as one who left, so that no later file brings them in
    LEAVES = "leaves"  # was here, left there, and never said yes here themselves
    KNOWN = "known"
    SUPPRESSED = "suppressed"  # before this file
    BARRED = "barred"  # by this file


def verdict(standing: Standing, known: Known | None, *, suppressed: bool) -> Verdict:
    """What becomes of somebody with that *standing* elsewhere, and what is *known* of them here.

    Who confirmed here has the last word here: what another program knew of them is older.
    """
    confirmed = known is not None and known.confirmed
    if suppressed:
        return Verdict.SUPPRESSED
    if standing is Standing.BARRED:
        return Verdict.KNOWN if confirmed else Verdict.BARRED
    if known is None:
        return Verdict.ADDED if standing is Standing.ACTIVE else Verdict.ADDED_LEFT
    left = standing is Standing.LEFT and known.state in HERE
    return Verdict.LEAVES if left and not confirmed else Verdict.KNOWN


HERE = (SubscriberState.ACTIVE, SubscriberState.PENDING)

STATE_AFTER: Mapping[Verdict, SubscriberState] = {
    Verdict.ADDED: SubscriberState.ACTIVE,
    Verdict.ADDED_LEFT: SubscriberState.LEFT,
    Verdict.LEAVES: SubscriberState.LEFT,
}
"""What those are afterwards whom a verdict changes."""
