"""Header fields as bytes: our own folding, since the standard library's turns long tokens into encoded-words.

A field is folded at white space outside ``<>`` and quotes and nowhere else, so that a URL stays whole.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

SOFT_LIMIT = 78
"""Characters a line should have at most (RFC 5322 section 2.1.1)."""
HARD_LIMIT = 998
"""Characters a line must have at most (RFC 5322 section 2.1.1)."""
WORD_LIMIT = 75
"""Characters of an encoded-word (RFC 2047 section 2)."""

UNSAFE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
"""What no header or spliced value may hold: CR, LF, NUL, NEL and their like (the tab may), U+2028, U+2029."""

_NAME = re.compile(r"[A-Za-z0-9-]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+( [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_PLAIN = re.compile(r"[!-~]{1,70}( [!-~]{1,70})*")
SPACE = 0x20
_Q_LITERAL = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_UNBROKEN = re.compile(r'\s+|(?:<[^>]*>|"(?:[^"\\]|\\.)*"|[^\s<"]|[<"])+')


@dataclass(frozen=True, slots=True)
class Header:
    """One field: *value* is what goes on the wire, unfolded and already encoded; it may hold sentinels."""

    name: str
    value: str

    def __post_init__(self) -> None:
        """Refuse a name or value that would break out of its line."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a header name")
        refuse_controls(self.value, self.name)


def refuse_controls(value: str, name: str) -> None:
    """Raise ValueError where *value* holds a control character; *name* says whose value it is."""
    if value.isprintable():  # as nearly all are, and asking so is a tenth of the search
        return
    found = UNSAFE.search(value)
    if found:
        raise ValueError(f"{name} holds the control character U+{ord(found.group()):04X}")


def unstructured(name: str, text: str) -> Header:
    """A field of free text, such as Subject: plain where that is safe, else encoded-words (RFC 2047)."""
    refuse_controls(text, name)
    if not text or (_PLAIN.fullmatch(text) and "=?" not in text):
        return Header(name, text)
    return Header(name, " ".join(encoded_words(text, first=WORD_LIMIT - len(name) - 1)))


def mailbox(name: str, address: str) -> str:
    """``Name <address>``, the name quoted or encoded as it needs (RFC 5322 section 3.4)."""
    refuse_controls(address, "an address")
    return f"{phrase(name)} <{address}>" if name else address


def phrase(text: str) -> str:
    """*text* as a display name: atoms, a quoted-string, or encoded-words (RFC 2047 section 5 (3))."""
    refuse_controls(text, "a name")
    if "=?" not in text and len(text) < SOFT_LIMIT - 20:
        if _ATOMS.fullmatch(text):
            return text
        if text.isascii() and "\t" not in text:
            return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    return " ".join(encoded_words(text, first=WORD_LIMIT - 15))


def encoded_words(text: str, first: int = WORD_LIMIT) -> list[str]:
    """*text* as encoded-words, none split inside a character; *first* is the room for the first of them.

    Q where that is shorter over the whole, else B (RFC 2047 section 4).
    """
    quoted, based = _words(text, _q_word, first), _words(text, _b_word, first)
    return min(quoted, based, key=lambda words: sum(map(len, words)))


def _words(text: str, make: Callable[[str], str], first: int) -> list[str]:
    words: list[str] = []
    held = ""
    for character in text:
        limit = WORD_LIMIT if words else first
        if held and len(make(held + character)) > limit:
            words.append(make(held))
            held = ""
        held += character
    return [*words, make(held)]


def _q_word(text: str) -> str:
    octets = ("_" if b == SPACE else chr(b) if b in _Q_LITERAL else f"={b:02X}" for b in text.encode())
    return f"=?utf-8?q?{''.join(octets)}?="


def _b_word(text: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def fold(header: Header) -> str:
    """``Name: value``, folded with CRLF, without its final line break.

    Raises ValueError for a field that cannot be folded to lines of 998.
    """
    lines, line = [], f"{header.name}:"
    for space, word in _words_of(header.value):
        fresh = line == f"{header.name}:"
        if not fresh and len(line) + len(space) + len(word) > SOFT_LIMIT:
            lines.append(line)
            line = ""
        line += (space or " ") + word
    lines.append(line)
    if max(map(len, lines)) > HARD_LIMIT:
        raise ValueError(f"{header.name} has a line of more than {HARD_LIMIT} characters")
    return "\r\n".join(lines)


def _words_of(value: str) -> list[tuple[str, str]]:
    """The unbreakable words of *value*, each with the white space before it."""
    found, space = [], ""
    for piece in _UNBROKEN.findall(value.strip()):
        if piece.isspace():
            space = piece
        else:
            found.append((space, piece))
            space = ""
    return found
