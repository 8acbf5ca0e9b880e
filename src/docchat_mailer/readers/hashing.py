"""Addresses as keyed hashes: what a suppression is kept under, so that an erased address stays unmailed."""

from __future__ import annotations

import hmac

from docchat_mailer.model.subscriber import Address


def address_hash(key: bytes, address: Address) -> str:
    """HMAC-SHA-256 of the address in lower case, under a key of its own purpose, as hex digits."""
    derived = hmac.digest(key, b"docchat-mailer suppression v1", "sha256")
    return hmac.digest(derived, str(address).lower().encode(), "sha256").hex()
