"""Signed keys for links: ``v1.<purpose>.<random subscriber id>.<mac>``, naming neither list nor series."""

from __future__ import annotations

import hmac
from enum import StrEnum
from functools import lru_cache


class Purpose(StrEnum):
    """What a token may be used for; one cannot stand in for another."""

    UNSUBSCRIBE = "u"
    PREFERENCES = "p"
    CONFIRM = "c"  # of a request, not of a person


MAC_LENGTH = 32
"""Hex digits of the MAC that are kept: 128 bits (RFC 2104 section 5 allows no fewer than half)."""


def make_token(key: bytes, purpose: Purpose, token_id: str) -> str:
    """The token of one subscriber (by their random *token_id*) for one *purpose*."""
    body = f"v1.{purpose}.{token_id}"
    return f"{body}.{_mac(key, body)}"


def read_token(key: bytes, purpose: Purpose, token: str) -> str | None:
    """The token_id that *token* was made for, or None if it was not made by us for this *purpose*."""
    body, dot, mac = token.rpartition(".")
    prefix = f"v1.{purpose}."
    if not dot or not body.startswith(prefix) or not token.isascii():
        return None
    return body.removeprefix(prefix) if hmac.compare_digest(mac, _mac(key, body)) else None


def _mac(key: bytes, body: str) -> str:
    """HMAC-SHA-256 under a key derived for tokens alone, so that no other use of the secret collides."""
    return hmac.digest(_derived(key), body.encode("ascii"), "sha256").hex()[:MAC_LENGTH]


@lru_cache(maxsize=4)
def _derived(key: bytes) -> bytes:
    return hmac.digest(key, b"docchat-mailer token v1", "sha256")
