"""Any bytes as a tree of parts: what stands in them is kept, and nothing is refused.

The rules, which hang together:

1. Work is linear in the size of the message: what is over a limit is not looked at.
2. CRLF, LF and CR end a line alike.
3. A part whose boundary never comes is text; a boundary that is never closed ends with the message.
4. Bytes that are no text in the charset they claim are read as Latin-1 or with replacement marks.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from docchat_mailer.dsn.charsets import decode_text
from docchat_mailer.dsn.fields import Fields, parameters, read_fields

SIZE = 1 << 20
"""Octets of a file that are looked at: reports stand before what they return."""

DEPTH = 6
PARTS = 64
"""Levels and parts that are looked at; a real report has two levels and three parts."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message; *body* is its text, *parts* what is inside it."""

    fields: Fields
    media: str
    body: str
    parts: tuple[Part, ...] = ()

    def walk(self) -> Iterator[Part]:
        """Itself and all that is in it but the messages it carries, in order."""
        yield self
        if not self.carries_message:
            for part in self.parts:
                yield from part.walk()

    @property
    def carries_message(self) -> bool:
        """Whether it is a message within a message, or the head of one (RFC 6522 section 4)."""
        return self.media in RETURNED


RETURNED = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
        "text/rfc822",
        "message/partial",
    }
)
"""Media types of a returned letter: RFC 6522 section 4, RFC 6533 section 4 and older habits."""


def read_message(octets: bytes) -> Part:
    """The message in *octets*; never raises."""
    text = octets[:SIZE].decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    return _Reading().part(text.lstrip("\n"), "text/plain", 0)


class _Reading:
    """One message being read; it counts its parts, so that nobody can make it count for ever."""

    def __init__(self) -> None:
        self._left = PARTS

    def part(self, text: str, default: str, depth: int) -> Part:
        self._left -= 1
        fields, raw = read_fields(text)
        media, wanted = _media(fields, default)
        boundary = wanted.get("boundary", "")
        pieces: list[str] = []
        if media.startswith("multipart/") and boundary and depth < DEPTH:
            pieces = _cut(raw, boundary, self._left)
        if pieces:
            kind = "message/rfc822" if media == "multipart/digest" else "text/plain"
            inside = tuple(self.part(piece, kind, depth + 1) for piece in pieces)
            return Part(fields, media, "", inside)
        body = _decode(raw, fields.first("content-transfer-encoding"), wanted.get("charset", ""))
        return Part(fields, "text/plain" if media.startswith("multipart/") else media, body)


def _media(fields: Fields, default: str) -> tuple[str, dict[str, str]]:
    value = fields.first("content-type")
    media = value.partition(";")[0].strip().lower()
    return (media or default), parameters(value)


def _cut(text: str, boundary: str, most: int) -> list[str]:
    """What stands between the lines that begin with *boundary* (RFC 2046 section 5.1.1)."""
    mark = "--" + boundary
    pieces: list[list[str]] = []
    for line in text.split("\n"):
        if line.startswith(mark) and line[len(mark) :].strip() in ("", "--"):
            if line[len(mark) :].startswith("--") or len(pieces) >= most:
                break
            pieces.append([])
        elif pieces:
            pieces[-1].append(line)
    return ["\n".join(lines) for lines in pieces]


def _decode(raw: str, encoding: str, charset: str) -> str:
    octets = raw.encode("latin-1")
    way = encoding.strip().lower()
    if way == "quoted-printable":
        octets = quopri.decodestring(octets)
    elif way == "base64":
        octets = _from_base64(octets)
    return decode_text(octets, charset).replace("\r\n", "\n").replace("\r", "\n")


def _from_base64(octets: bytes) -> bytes:
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", octets)
    try:
        return base64.b64decode(clean + b"=" * (-len(clean) % 4))
    except binascii.Error:
        return octets
