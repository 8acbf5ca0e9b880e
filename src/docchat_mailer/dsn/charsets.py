"""Bytes of mail as text, whatever charset they claim."""

from __future__ import annotations

import re

TRUSTED = re.compile(
    r"(utf-?8|us-?ascii|ascii|(x-)?(iso-?8859|windows|cp|koi8|euc|iso-?2022)[-_\w]{1,12}"
    r"|gb\d{4,5}|gbk|big5|(x-)?s(hift)?[-_]?jis|ks_c_5601[-\d]*)",
    re.IGNORECASE,
)
"""Charsets of mail; Python knows others that are none, or that take quadratic time."""


def decode_text(octets: bytes, charset: str) -> str:
    """*octets* as text; a *charset* that is none of mail's counts as none said."""
    if TRUSTED.fullmatch(charset):
        try:
            return octets.decode(charset, errors="replace")
        except LookupError:
            return _guessed(octets)  # the right shape, and no charset
    return _guessed(octets)


def _guessed(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
