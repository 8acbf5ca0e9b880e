"""The return path of a letter names its delivery (VERP), so that a bounce tells by its address whose it is.

The token is the delivery's key, sealed with a synthetic IV (the way of RFC 5297): nobody but us can make one,
or read from it which edition it is of, which would tell what its reader follows.  It is one case of letters
and digits, since relays may fold the case of an address.
"""

from __future__ import annotations

import base64
import hmac
import struct
from functools import lru_cache

from docchat_mailer.model.delivery import DeliveryId

PREFIX = "bounce+"
"""What a return path's local part begins with; the rest of it is the token."""

SEAL = 10
"""Bytes that vouch for a token: guessing one takes 2^79 tries on average."""

_KEY = struct.Struct(">IQH")


def return_path(key: bytes, id_: DeliveryId, domain: str) -> str:
    """The envelope sender of one delivery (RFC 5321 section 3.6.3) at *domain*."""
    return f"{PREFIX}{make_token(key, id_)}@{domain}"


def make_token(key: bytes, id_: DeliveryId) -> str:
    """The token of one delivery: the same for every attempt.

    Raises ValueError for a key that no database gives.
    """
    try:
        plain = _KEY.pack(*id_)
    except struct.error as exc:
        raise ValueError(f"{id_} is no key of a delivery") from exc
    seal = _seal(key, plain)
    return base64.b32encode(seal + _masked(key, seal, plain)).decode("ascii").rstrip("=").lower()


def read_token(key: bytes, token: str) -> DeliveryId | None:
    """Whose *token* is, in whatever case; None for one that we did not make."""
    try:
        octets = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return None
    if len(octets) != SEAL + _KEY.size or _characters(octets) != len(token):
        return None
    seal, hidden = octets[:SEAL], octets[SEAL:]
    plain = _masked(key, seal, hidden)
    if not hmac.compare_digest(seal, _seal(key, plain)):
        return None
    id_ = DeliveryId(*_KEY.unpack(plain))
    return id_ if hmac.compare_digest(make_token(key, id_), token.lower()) else None


def read_address(key: bytes, address: str) -> DeliveryId | None:
    """Whose return path *address* is; None where it is none of ours."""
    local = address.rpartition("@")[0].lower()
    return read_token(key, local.removeprefix(PREFIX)) if local.startswith(PREFIX) else None


def _characters(octets: bytes) -> int:
    """Characters of base32 without padding (RFC 4648 section 6)."""
    return (len(octets) * 8 + 4) // 5


def _seal(key: bytes, plain: bytes) -> bytes:
    return hmac.digest(_derived(key, b"seal"), plain, "sha256")[:SEAL]


def _masked(key: bytes, seal: bytes, octets: bytes) -> bytes:
    stream = hmac.digest(_derived(key, b"mask"), seal, "sha256")
    return bytes(a ^ b for a, b in zip(octets, stream, strict=False))


@lru_cache(maxsize=8)
def _derived(key: bytes, use: bytes) -> bytes:
    return hmac.digest(key, b"docchat-mailer return path v1 " + use, "sha256")
