"""Signed keys for links: ``v1.<purpose>.<random subscriber id>.<mac>``, naming neither list nor series."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Purpose(StrEnum):
    """What a token may be used for; one cannot stand in for another."""

    UNSUBSCRIBE = "u"
    PREFERENCES = "p"
    CONFIRM = "c"  # of a request, not of a person
    VIEW = "m"  # of an edition: shows the letter as nobody's, and has no power


FOR_EVER = frozenset({Purpose.UNSUBSCRIBE, Purpose.VIEW})
"""Purposes whose links outlive the key that made them."""

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


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """The secrets behind links, the newest last; it makes every link."""

    keys: tuple[bytes, ...]

    @property
    def newest(self) -> bytes:
        """The one that makes links."""
        return self.keys[-1]

    def make(self, purpose: Purpose, token_id: str) -> str:
        """A link's token."""
        return make_token(self.newest, purpose, token_id)

    def read(self, purpose: Purpose, token: str) -> str | None:
        """The random name in a *token* that one of our keys made for this *purpose*.

        A link to leave by works for ever, whatever key it was made with; so does one that has no power.  All
        others end with their key, since a key is changed when somebody else may have seen it.
        """
        keys = self.keys if purpose in FOR_EVER else self.keys[-1:]
        found = [read_token(key, purpose, token) for key in keys]
        return next((name for name in found if name is not None), None)


def _mac(key: bytes, body: str) -> str:
    """HMAC-SHA-256 under a key derived for tokens alone, so that no other use of the secret collides."""
    return hmac.digest(_derived(key), body.encode("ascii"), "sha256").hex()[:MAC_LENGTH]


@lru_cache(maxsize=4)
def _derived(key: bytes) -> bytes:
    return hmac.digest(key, b"docchat-mailer token v1", "sha256")
