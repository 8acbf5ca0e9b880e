"""Message-IDs that are computed, not remembered: a retry has the same one, and References need no store."""

from __future__ import annotations

import hmac
from functools import lru_cache

ID_LENGTH = 32
"""Hex digits of the left side: 128 bits, the same in any case a relay may fold it to."""


def message_id(key: bytes, edition_key: str, token_id: str, occasion: int, domain: str) -> str:
    """``<id@domain>`` of one delivery (RFC 5322 section 3.6.4).

    *edition_key* names the edition for ever, *token_id* is the reader's random one, *occasion* is 0 but
    for notices.  *key* is the site's secret; without it the id tells nothing of edition or reader.
    """
    told = "\0".join((edition_key, token_id, str(occasion)))
    return f"<{hmac.digest(_derived(key), told.encode(), 'sha256').hex()[:ID_LENGTH]}@{domain}>"


@lru_cache(maxsize=4)
def _derived(key: bytes) -> bytes:
    return hmac.digest(key, b"docchat-mailer message-id v1", "sha256")
