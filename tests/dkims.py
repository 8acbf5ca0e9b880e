"""DKIM for tests: keys, a signer, and dkimpy as the judge of what is signed."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial

import dkim as oracle
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from docchat_mailer.letter.dkim import Signer, SigningKey
from docchat_mailer.letter.dkim_keys import record
from docchat_mailer.model.delivery import Sign

DOMAIN = "letters.example.org"
NOW = datetime.now(UTC).replace(microsecond=0)
"""dkimpy goes by the real clock: a signature from the future, or one that is over, is refused."""


@cache
def rsa_key(bits: int = 2048) -> SigningKey:
    return SigningKey(selector="rsa1", private=generate_private_key(65537, bits))


@cache
def ed25519_key() -> SigningKey:
    return SigningKey(selector="ed1", private=Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def key_sets() -> dict[str, Sequence[SigningKey]]:
    return {"rsa": [rsa_key()], "ed25519": [ed25519_key()], "both": [rsa_key(), ed25519_key()]}


def signed(message: bytes, keys: Sequence[SigningKey], *, at: datetime = NOW, **more) -> bytes:
    return signatures_of(Signer(DOMAIN, keys, **more), message, at) + message


def signatures_of(sign: Sign, message: bytes, at: datetime = NOW) -> bytes:
    """The fields that go in front of one message."""
    [fields] = sign([(message, at)])
    return fields


def verifies(message: bytes, keys: Sequence[SigningKey]) -> bool:
    """Whether dkimpy finds as many signatures as *keys*, and each of them good."""
    zone = {f"{key.selector}._domainkey.{DOMAIN}": record(key.private) for key in keys}
    return signatures(message) == len(keys) and verified_by(message, zone)


def verified_by(message: bytes, records: Mapping[str, str]) -> bool:
    """Whether dkimpy finds every signature good by the *records* of the DNS."""
    zone = {f"{name}.".encode(): text.encode() for name, text in records.items()}
    judge = oracle.DKIM(message)
    return all(_verifies(judge, index, zone) for index in range(signatures(message)))


def signatures(message: bytes) -> int:
    """How many DKIM-Signature fields a message has."""
    return sum(name.lower() == b"dkim-signature" for name, _ in oracle.DKIM(message).headers)


def _verifies(judge: oracle.DKIM, index: int, zone: dict[bytes, bytes]) -> bool:
    try:
        return bool(judge.verify(idx=index, dnsfunc=partial(_asked, zone)))
    except oracle.DKIMException:
        return False


def _asked(zone: dict[bytes, bytes], name: bytes, timeout: int = 5) -> bytes | None:
    return zone.get(name)


def ed25519_record(seed: str) -> str:
    """The record of the key whose seed this is, in base64."""
    return record(Ed25519PrivateKey.from_private_bytes(b64decode(seed)))
