"""One reader's message: the frozen segments, joined with their values."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from docchat_mailer.letter import quoted_printable
from docchat_mailer.letter.compiling import Base64Run, Compiled, Place, Slot, base64_lines
from docchat_mailer.letter.fields import TOKENS, Field
from docchat_mailer.letter.headers import UNSAFE, Header, fold

FITS = 64
"""Characters of a value that need no folding after any header name of ours."""

_TOKEN = re.compile(rf"[A-Za-z0-9_~-][A-Za-z0-9._~-]{{0,{FITS - 1}}}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")


def splice(compiled: Compiled, values: Mapping[Field, str]) -> bytes:
    """The complete message, CRLF throughout, no line longer than 998 or beginning with a dot or ``From ``.

    Raises KeyError for a field of the letter that *values* lacks and ValueError for a value with a control
    character, or too long for its line.
    """
    for field, value in values.items():
        if not value.isprintable() and UNSAFE.search(value):
            raise ValueError(f"the value of {field} holds a control character")
    lines = [_MAKERS[place.field](place, values[place.field]) for place in compiled.places]
    pieces: list[Any] = list(compiled.segments)
    for at, number in compiled.holes:
        pieces[at] = lines[number]
    for at, run in compiled.runs:
        pieces[at] = _based(run, values)
    return b"".join(pieces)


@lru_cache(maxsize=64)
def _shared_line(place: Place, value: str) -> bytes:
    return _line_of(place, value)


def _token_line(place: Place, value: str) -> bytes:
    """A token, which is the same bytes wherever it stands where it is made of what a URL may hold."""
    return value.encode("ascii") if _TOKEN.fullmatch(value) else _line_of(place, value)


def _line_of(place: Place, value: str) -> bytes:
    """*value* as it stands in a header, or on lines of its own in a quoted-printable part."""
    if place.slot in _BODY:
        return quoted_printable.encode(_escaped(place.slot, value))
    if place.slot is Slot.THREAD:
        return _thread(value)
    if place.slot is Slot.HEADER_URL:
        return _in_url(value).encode("ascii")
    if len(value) <= FITS:
        return value.encode()
    # "Message-ID: " is the longest name before such a value.
    return fold(Header("Message-ID", value)).partition(": ")[2].encode()


_BODY = frozenset({Slot.HTML, Slot.TEXT, Slot.URL})


def _escaped(slot: Slot, value: str) -> str:
    """*value* as characters of the part it stands in."""
    if slot is Slot.HTML:
        return html.escape(value)
    return _in_url(value) if slot is Slot.URL else value


def _in_url(value: str) -> str:
    """*value* as one segment of a URL's path, or part of its query (RFC 3986 section 2)."""
    return value if _UNRESERVED.fullmatch(value) else quote(value, safe="")


def _thread(value: str) -> bytes:
    """In-Reply-To and References (RFC 5322 section 3.6.4) for zero or more ids; no ids, no lines."""
    if not value.strip():
        return b""
    parent = Header("In-Reply-To", value.rsplit(maxsplit=1)[-1])
    return f"{fold(parent)}\r\n{fold(Header('References', value))}\r\n".encode()


def _based(run: Base64Run, values: Mapping[Field, str]) -> bytes:
    """The end of a base64 part, with its values in it."""
    octets = b"".join(
        piece if isinstance(piece, bytes) else _escaped(piece.slot, values[piece.field]).encode()
        for piece in run.pieces
    )
    return base64_lines(octets)


_MAKERS: Mapping[Field, Callable[[Place, str], bytes]] = {
    **dict.fromkeys(Field, _line_of),
    **dict.fromkeys(TOKENS, _token_line),
    **dict.fromkeys((Field.DATE, Field.WHY), _shared_line),
}
