"""Quoted-printable (RFC 2045 section 6.7) that needs no dot-stuffing and hides no ``From `` line."""

from __future__ import annotations

import re

MAX_LINE = 76
"""Characters of an encoded line, a soft break's ``=`` included (RFC 2045 section 6.7 rule 5)."""

LITERAL = {byte: chr(byte) for byte in [*range(0x21, 0x3D), *range(0x3E, 0x7F), 0x20, 0x09]}
TABLE = [LITERAL.get(byte, f"={byte:02X}") for byte in range(256)]

_AS_IT_IS = re.compile(r"(?!\.|From )[ -<>-~]{0,74}[!-<>-~]")
_LINE_BREAK = re.compile("\r\n|\r|\n")


def lines_of(text: str) -> list[str]:
    """*text* at its line breaks, whichever kind they are: a lone CR never reaches the wire."""
    return _LINE_BREAK.split(text)


def encode(text: str) -> bytes:
    """*text* as UTF-8 in quoted-printable with CRLF; it is taken to begin at the start of a line."""
    return b"\r\n".join(_encode_line(line) for line in lines_of(text))


def _encode_line(line: str) -> bytes:
    """One line, soft-broken where it must be; each piece of it is safe at the start of a line."""
    if _AS_IT_IS.fullmatch(line):
        return line.encode("ascii")
    tokens = [TABLE[byte] for byte in line.encode("utf-8")]
    if tokens and tokens[-1] in " \t":
        tokens[-1] = f"={ord(tokens[-1]):02X}"  # rule 3: white space does not end a line
    pieces: list[str] = []
    start = 0
    while start < len(tokens) or not pieces:
        taken, start = _take(tokens, start)
        pieces.append(taken)
    return "=\r\n".join(pieces).encode("ascii")


def _take(tokens: list[str], start: int) -> tuple[str, int]:
    """As many *tokens* as a line holds, and where the next begins.

    One character is kept free for the soft break, also on a last line: a splice may add one.
    """
    _protect(tokens, start)
    room, end = MAX_LINE - 1, start
    while end < len(tokens) and len(tokens[end]) <= room:
        room -= len(tokens[end])
        end += 1
    return "".join(tokens[start:end]), end


def _protect(tokens: list[str], start: int) -> None:
    """Encode what a line may not begin with: a dot (RFC 5321 section 4.5.2) and mbox's ``From ``."""
    if start >= len(tokens):
        return
    if tokens[start] == ".":
        tokens[start] = "=2E"
    elif tokens[start : start + 5] == list("From "):
        tokens[start] = "=46"
