"""What differs from reader to reader, and the sentinels that hold its place while a letter is rendered."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Field(StrEnum):
    """A value that each message has for itself."""

    TO = "to"  # the whole value of the To header
    DATE = "date"  # the whole value of the Date header
    MESSAGE_ID = "message_id"  # <id>
    REFERENCES = "references"  # zero or more <id>, by spaces; empty leaves the header lines out
    UNSUBSCRIBE = "unsubscribe"  # the token, as the last segment of a URL or the subject of a mail
    WHY = "why"  # why this reader gets the letter: a sentence in HTML and text
    PREFERENCES = "preferences"  # a token, as the last segment of a URL
    CONFIRM = "confirm"  # likewise, of what the reader asked for
    VIEW = "view"  # likewise, of the edition: it shows the letter, and has no power


TOKENS = frozenset({Field.UNSUBSCRIBE, Field.PREFERENCES, Field.CONFIRM, Field.VIEW})
"""Fields that stand in a URL."""

NUMBERS = {field: number for number, field in enumerate(Field, start=1)}


@dataclass(frozen=True)
class Sentinels:
    """One build's stand-ins: ``DCM``, the build's own *part*, a number, ``x``; letters and digits only.

    Nothing else survives every HTML parser, inliner and URL quoter unchanged.
    """

    part: str

    def token(self, field: Field) -> str:
        """The sentinel of *field*."""
        return f"DCM{self.part}{NUMBERS[field]:04d}x"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches any sentinel of this build, its number in group 1."""
        return re.compile(rf"DCM{self.part}(\d{{4}})x")

    def refuse(self, text: str) -> None:
        """Raise ValueError where an author's *text* holds a sentinel: it would be replaced."""
        if f"DCM{self.part}" in text:
            raise ValueError("the text holds a placeholder of this letter")

    def cut(self, text: str) -> list[str | Field]:
        """*text* cut at its sentinels: strings and fields, in order, empty strings left out."""
        fields = {number: field for field, number in NUMBERS.items()}
        pieces: list[str | Field] = []
        for index, piece in enumerate(self.pattern.split(text)):
            if index % 2:
                pieces.append(fields[int(piece)])
            elif piece:
                pieces.append(piece)
        return pieces


def sentinels(seed: bytes) -> Sentinels:
    """The sentinels of a build: the same for the same *seed*, so that one letter has one form."""
    return Sentinels(hashlib.sha256(b"docchat-mailer sentinels v1" + seed).hexdigest()[:10])
