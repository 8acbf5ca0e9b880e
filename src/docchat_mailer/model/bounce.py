"""What comes back of a letter: the kinds of bounces and complaints."""

from __future__ import annotations

from enum import StrEnum


class BounceKind(StrEnum):
    """What a report says about one recipient."""

    HARD = "hard"  # the address will not take mail
    SOFT = "soft"  # not now, or not this letter
    COMPLAINT = "complaint"  # the reader called it spam
    OTHER = "other"  # no bounce: delivered, relayed, or nobody's fault
