"""Header fields, and what looks like them: name, colon, value, and folded lines (RFC 5322 section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.header import decode_header

from docchat_mailer.dsn.charsets import decode_text

LINE = re.compile(r"([!-9;-~]{1,76})[ \t]*:(.*)")
PARAMETER = re.compile(r';\s*([-\w]{1,40})\*?\s*=\s*(?:"([^"\n]{0,200})"|([^\s;"]{1,200}))')
VALUE = 4000
"""Characters of a field that are looked at."""


class Fields:
    """Fields in order; names in lower case, values unfolded and as they came otherwise."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(pairs)
        self._first: dict[str, str] = {}
        for name, value in self.pairs:
            self._first.setdefault(name, value)

    def first(self, name: str) -> str:
        """The value of the first field called *name*, or nothing."""
        return self._first.get(name, "")

    def every(self, *names: str) -> list[str]:
        """The values of all fields called one of *names*, in order."""
        return [value for name, value in self.pairs if name in names]

    def __contains__(self, name: str) -> bool:
        """Whether there is a field called *name*."""
        return name in self._first

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.pairs)


def read_fields(text: str) -> tuple[Fields, str]:
    """The fields at the head of *text*, and what comes after the empty line.

    A line that is no field ends them too: it belongs to what comes after.
    """
    pairs: list[tuple[str, list[str]]] = []
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if not line.strip():
            at = end + 1
            break
        if not _take(line, pairs):
            break
        at = end + 1
    return Fields((name, " ".join(lines)[:VALUE].strip()) for name, lines in pairs), text[at:]


def _take(line: str, pairs: list[tuple[str, list[str]]]) -> bool:
    """Whether *line* is part of a head: a field, more of the last one, or a line of an mbox."""
    if line[0] in " \t" and pairs:
        pairs[-1][1].append(line.strip())
        return True
    found = LINE.match(line)
    if found:
        pairs.append((found[1].lower(), [found[2].strip()]))
        return True
    return not pairs and line.startswith("From ")


def read_blocks(text: str) -> list[Fields]:
    """The groups of fields in *text*, parted by empty lines (RFC 3464 section 2.1), without other lines."""
    blocks: list[list[tuple[str, list[str]]]] = [[]]
    for line in text.split("\n"):
        if not line.strip():
            if blocks[-1]:
                blocks.append([])
        else:
            _take(line, blocks[-1])
    return [
        Fields((name, " ".join(lines)[:VALUE].strip()) for name, lines in block) for block in blocks if block
    ]


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type, names in lower case (RFC 2045 section 5.1)."""
    return {name.lower(): quoted or bare for name, quoted, bare in reversed(PARAMETER.findall(value[:VALUE]))}


def words(value: str) -> str:
    """A field's value with its encoded words read (RFC 2047)."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:VALUE])
    except (HeaderParseError, ValueError):
        return value
    return "".join(
        decode_text(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces
    )
