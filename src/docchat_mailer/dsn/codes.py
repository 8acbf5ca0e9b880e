"""Codes in what a server says: the reply code of RFC 5321 and the enhanced one of RFC 3463."""

from __future__ import annotations

import re
from dataclasses import dataclass

from docchat_mailer.dsn.report import Meaning
from docchat_mailer.model.bounce import BounceKind

ENHANCED = re.compile(r"(?<![\d.])([245]\.[0-7]\.\d{1,3})(?![\d.]*\d)")
AFTER_REPLY = re.compile(r"(?<![\d.])[45]\d\d[- ]{1,2}[(#]?([245]\.[0-7]\.\d{1,3})(?![\d.]*\d)")
REPLY = re.compile(
    r"(?<![-\w.:#\[/])(4(?:2[12]|3[0-2]|4[1-79]|5[0-58-9]|71|72)|5(?:0[0-4]|1[0-7]|2[1-8]|3[0458]|4\d|5\d|6\d|7\d))"
    r"(?=[- :;,.\"')]|$)(?!\.\d)",
    re.MULTILINE,
)
"""Codes that servers give; other numbers in a text are minutes, ports and lines."""

HARD, SOFT = BounceKind.HARD, BounceKind.SOFT

KINDS: dict[str, tuple[BounceKind, Meaning]] = {
    "5.1.1": (HARD, Meaning.UNKNOWN_USER),
    "5.1.2": (HARD, Meaning.UNKNOWN_HOST),
    "5.1.3": (HARD, Meaning.UNKNOWN_USER),
    "5.1.6": (HARD, Meaning.MOVED),
    "5.1.7": (SOFT, Meaning.SENDER),
    "5.1.8": (SOFT, Meaning.SENDER),
    "5.1.10": (HARD, Meaning.NO_MAIL),  # RFC 7505 section 4.2
    "5.2.1": (HARD, Meaning.DISABLED),
    "5.2.2": (SOFT, Meaning.FULL),
    "5.2.3": (SOFT, Meaning.TOO_BIG),
    "5.3.4": (SOFT, Meaning.TOO_BIG),
    "5.4.4": (HARD, Meaning.UNKNOWN_HOST),
    "5.4.6": (SOFT, Meaning.LOOP),
    "5.4.310": (HARD, Meaning.UNKNOWN_HOST),  # Exchange Online's for a domain that is not in the DNS
}
"""What an enhanced code means by itself (RFC 3463 section 3)."""

CLASSES: dict[str, tuple[BounceKind, Meaning]] = {
    "5.7": (SOFT, Meaning.POLICY),
    "4.7": (SOFT, Meaning.POLICY),
    "5.6": (SOFT, Meaning.PROTOCOL),
    "4.2": (SOFT, Meaning.FULL),
    "4.3": (SOFT, Meaning.SYSTEM),
    "4.4": (SOFT, Meaning.NETWORK),
}
"""The same by class and subject."""

REPLIES: dict[str, tuple[BounceKind, Meaning]] = {
    "551": (HARD, Meaning.MOVED),
    "552": (SOFT, Meaning.FULL),
    "556": (HARD, Meaning.NO_MAIL),  # RFC 7504 section 4
}
"""What a reply code means where nothing else speaks (RFC 5321 section 4.2.3)."""


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one statement, each empty where it has none."""

    reply: str
    enhanced: str

    @property
    def temporary(self) -> bool:
        """Whether the same letter may get through later: the more telling code decides."""
        return (self.enhanced or self.reply).startswith("4")


def read_codes(diagnostic: str, status: str) -> Codes:
    """The codes of *diagnostic*, and that of the *status* field where the server's words have none."""
    reply = REPLY.search(diagnostic)
    said = AFTER_REPLY.search(diagnostic) or ENHANCED.search(diagnostic)
    field = ENHANCED.search(status)
    enhanced = said[1] if said else ""
    if field and (not enhanced or (is_vague(enhanced) and field[1][0] == enhanced[0])):
        enhanced = field[1]
    return Codes(reply[1] if reply else "", enhanced)


def is_vague(enhanced: str) -> bool:
    """Whether an enhanced code says no more than its class does (RFC 3463 section 3.1)."""
    return not enhanced or enhanced.split(".")[1] == "0"


def by_code(enhanced: str) -> tuple[BounceKind, Meaning] | None:
    """What an enhanced code means, or None where it leaves that open."""
    if found := KINDS.get(enhanced) or CLASSES.get(enhanced[:3]):
        return found
    return (SOFT, Meaning.UNDECIDED) if enhanced.startswith("4") else None
