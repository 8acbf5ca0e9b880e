"""Characters that have no place in a post: what XML forbids, what hides, what breaks a header."""

from __future__ import annotations

import re

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What XML 1.0 section 2.2 leaves out, and the noncharacters U+FDD0 to U+FDEF."""

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202d\u202e\ufdd0-\ufdef\ufffe\uffff]")
"""What a file may not hold: control characters, the direction overrides, noncharacters."""

LINE_BREAKING = re.compile("[\r\n\x85\u2028\u2029\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202d\u202e]")
"""What a title, name or tag may not hold: it would end a header line or a line of a list."""

_NAMES = {
    "\r": "a carriage return",
    "\n": "a line break",
    "\x00": "a NUL",
    "\x85": "a NEL (U+0085)",
    "\u2028": "a line separator (U+2028)",
    "\u2029": "a paragraph separator (U+2029)",
    "\u202d": "a left-to-right override (U+202D)",
    "\u202e": "a right-to-left override (U+202E)",
}


def clean(text: str) -> str:
    """*text* without the characters that XML cannot carry."""
    return ILLEGAL.sub("", text)


def name_of(character: str) -> str:
    """The character in words, with its code point."""
    return _NAMES.get(character, f"the control character U+{ord(character):04X}")
