"""What a server offers in its answer to EHLO (RFC 5321 section 4.1.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Offers:
    """The extensions we know; *size* is the greatest message in bytes (RFC 1870), 0 where none is named.

    *auth* are the mechanisms of RFC 4954, in upper case.
    """

    pipelining: bool = False
    starttls: bool = False
    smtputf8: bool = False
    eight_bit: bool = False
    dsn: bool = False
    enhanced: bool = False
    size: int = 0
    auth: frozenset[str] = frozenset()


def offers_of(lines: Sequence[str]) -> Offers:
    """What the lines after the greeting name; what we do not know is left out."""
    words = [line.upper().replace("AUTH=", "AUTH ", 1).split() for line in lines[1:]]
    named = {first: rest for first, *rest in filter(None, words)}
    limit = next(iter(named.get("SIZE", ())), "")
    return Offers(
        pipelining="PIPELINING" in named,
        starttls="STARTTLS" in named,
        smtputf8="SMTPUTF8" in named,
        eight_bit="8BITMIME" in named,
        dsn="DSN" in named,
        enhanced="ENHANCEDSTATUSCODES" in named,
        size=int(limit) if limit.isascii() and limit.isdigit() and len(limit) < DIGITS else 0,
        auth=frozenset(named.get("AUTH", ())),
    )


DIGITS = 21
"""A limit has at most 20 digits (RFC 1870 section 4)."""
