"""From a rendered letter to frozen segments: encoded once, cut where each reader's own values go."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import msgspec

from docchat_mailer.letter import quoted_printable
from docchat_mailer.letter.fields import TOKENS, Field, Sentinels
from docchat_mailer.letter.headers import Header, fold


class Slot(StrEnum):
    """Which place a value is encoded for."""

    HEADER = "header"  # as it is
    HEADER_URL = "header url"  # percent-encoded inside <>
    THREAD = "thread"  # whole In-Reply-To and References lines, or nothing
    HTML = "html"  # character references
    TEXT = "text"
    URL = "url"  # percent-encoded, inside HTML or text


class Place(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    """Where a value goes; in a body it stands in quoted-printable, on lines of its own."""

    field: Field
    slot: Slot


class Base64Run(msgspec.Struct, frozen=True, array_like=True, tag="b"):
    """The end of a base64 part, from the last whole line before its first place on.

    Base64 has no soft breaks, so this much is encoded again for each reader.
    """

    pieces: tuple[bytes | Place, ...]


Segment = bytes | Place | Base64Run

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
BASE64_LINE = 57
"""Octets that make a base64 line of 76 (RFC 2045 section 6.8)."""


@dataclass(frozen=True)
class Compiled:
    """A frozen letter: what all readers share, as bytes with CRLF, and the places of what they do not."""

    segments: tuple[Segment, ...]

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places, each once: a value that stands twice is encoded once."""
        return tuple(dict.fromkeys(one for one in self.segments if isinstance(one, Place)))

    @cached_property
    def holes(self) -> tuple[tuple[int, int], ...]:
        """Where in the segments a place stands, and which of :attr:`places` it is."""
        numbers = {place: number for number, place in enumerate(self.places)}
        return tuple((at, numbers[one]) for at, one in enumerate(self.segments) if isinstance(one, Place))

    @cached_property
    def fields(self) -> frozenset[Field]:
        """The fields that have a place somewhere."""
        held = (piece for _, run in self.runs for piece in run.pieces if isinstance(piece, Place))
        return frozenset(place.field for place in (*self.places, *held))

    @cached_property
    def runs(self) -> tuple[tuple[int, Base64Run], ...]:
        """Where in the segments the end of a base64 part stands."""
        return tuple((at, one) for at, one in enumerate(self.segments) if isinstance(one, Base64Run))

    def pack(self) -> bytes:
        """As stored: MessagePack."""
        return _ENCODER.encode(self.segments)

    @classmethod
    def unpack(cls, packed: bytes) -> Compiled:
        """What :meth:`pack` wrote; raises msgspec.DecodeError for anything else."""
        return cls(_DECODER.decode(packed))


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[Segment, ...])


def compile_letter(
    headers: Sequence[Header], text: str, html: str, sentinels: Sentinels, boundary_seed: bytes
) -> Compiled:
    """A ``multipart/alternative`` of *text* and *html* (RFC 2046 section 5.1.4) under *headers*.

    MIME-Version and Content-Type are added here.  Raises ValueError for control characters and lines that
    cannot be folded.
    """
    # "=_" stands in no quoted-printable or base64 line (RFC 2045 section 6.7), so the boundary does not.
    boundary = f"=_dcm_{hashlib.sha256(boundary_seed).hexdigest()[:32]}"
    mime = [
        Header("MIME-Version", "1.0"),
        Header("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    segments: list[Segment] = []
    for header in (*headers, *mime):
        segments += _header(header, sentinels)
    segments += [b"\r\n"]
    for subtype, slot, body in (("plain", Slot.TEXT, text), ("html", Slot.HTML, html)):
        segments.append(f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n".encode())
        segments += _body(sentinels.cut(body), slot)
    segments.append(f"--{boundary}--\r\n".encode())
    return Compiled(tuple(_checked(_merged(segments))))


def compile_plain(headers: Sequence[Header], text: str, sentinels: Sentinels) -> Compiled:
    """The same letter as text alone, for those who want no HTML; raises as :func:`compile_letter` does."""
    mime = [Header("MIME-Version", "1.0"), Header("Content-Type", "text/plain; charset=utf-8")]
    segments: list[Segment] = []
    for header in (*headers, *mime):
        segments += _header(header, sentinels)
    segments += _body(sentinels.cut(text), Slot.TEXT)
    return Compiled(tuple(_checked(_merged(segments))))


def _header(header: Header, sentinels: Sentinels) -> Iterable[Segment]:
    if header.value == sentinels.token(Field.REFERENCES):
        return [Place(Field.REFERENCES, Slot.THREAD)]
    slot = Slot.HEADER if sentinels.pattern.fullmatch(header.value) else Slot.HEADER_URL
    return [
        Place(piece, slot) if isinstance(piece, Field) else piece.encode("ascii")
        for piece in sentinels.cut(f"{fold(header)}\r\n")
    ]


def _body(pieces: list[str | Field], slot: Slot) -> Iterable[Segment]:
    """The rest of a part's header, and the part itself, in whichever encoding is smaller."""
    prose = "\r\n".join(piece for piece in pieces if not isinstance(piece, Field))
    found = CONTROLS.search(prose)
    if found:
        raise ValueError(f"the letter holds the control character U+{ord(found.group()):04X}")
    encoding = b"Content-Transfer-Encoding: %s\r\n\r\n"
    if len(quoted_printable.encode(prose)) <= len(prose.encode()) * 78 / BASE64_LINE:
        return [encoding % b"quoted-printable", *_quoted(pieces, slot), b"\r\n"]
    return [encoding % b"base64", *_base64(pieces, slot)]


def _place(field: Field, slot: Slot) -> Place:
    return Place(field, Slot.URL if field in TOKENS else slot)


def _quoted(pieces: list[str | Field], slot: Slot) -> Iterable[Segment]:
    r"""Each text encoded by itself, each value between ``=\r\n`` and ``=\r\n``: no break falls inside one."""
    for piece in pieces:
        if isinstance(piece, Field):
            yield b"=\r\n"
            yield _place(piece, slot)
            yield b"=\r\n"
        else:
            yield quoted_printable.encode(piece)


def _base64(pieces: list[str | Field], slot: Slot) -> Iterable[Segment]:
    """All whole lines before the first place, then the run that has to wait for the values."""
    plain = [
        _place(piece, slot)
        if isinstance(piece, Field)
        else "\r\n".join(quoted_printable.lines_of(piece)).encode()
        for piece in pieces
    ]
    first = plain[0] if plain else b""
    if not isinstance(first, bytes):
        return [Base64Run(tuple(plain))]
    whole = len(first) - len(first) % BASE64_LINE
    return [base64_lines(first[:whole]), Base64Run((first[whole:], *plain[1:]))]


def base64_lines(octets: bytes) -> bytes:
    """*octets* in base64 lines of at most 76, each ended by CRLF."""
    lines = (octets[at : at + BASE64_LINE] for at in range(0, len(octets), BASE64_LINE))
    return b"".join(binascii.b2a_base64(line, newline=False) + b"\r\n" for line in lines)


def _merged(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbouring bytes as one: a splice joins as few pieces as it can."""
    merged: list[Segment] = []
    for segment in segments:
        if isinstance(segment, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += segment
        else:
            merged.append(segment)
    return merged


def _checked(segments: list[Segment]) -> list[Segment]:
    """*segments*, sure of what a wire needs of them: no bare CR or LF, no line that a relay would change."""
    for segment in segments:
        if isinstance(segment, bytes):
            bare = segment.replace(b"\r\n", b"")
            if b"\r" in bare or b"\n" in bare or b"\n." in segment or b"\nFrom " in segment:
                raise AssertionError("a segment has a line that is not safe on the wire")
    return segments
