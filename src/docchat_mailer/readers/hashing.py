"""Addresses as keyed hashes: what a suppression is kept under, so that an erased address stays unmailed."""

from __future__ import annotations

import hmac
from functools import lru_cache

from docchat_mailer.model.subscriber import Address


def address_hash(key: bytes, address: Address) -> str:
    """HMAC-SHA-256 of the address in lower case, under a key of its own purpose, as hex digits."""
    return hmac.digest(_derived(key), str(address).lower().encode(), "sha256").hex()


@lru_cache(maxsize=4)
def _derived(key: bytes) -> bytes:
    """The key of this purpose alone."""
    return hmac.digest(key, b"docchat-mailer suppression v1", "sha256")
