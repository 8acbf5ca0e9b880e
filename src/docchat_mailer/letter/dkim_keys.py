"""Keys of DKIM: the private half as a file's content, the public half as a record of the DNS."""

from __future__ import annotations

from base64 import b64encode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from docchat_mailer.letter.dkim import PrivateKey

RSA_BITS = 2048
"""The fewest bits of an RSA key that we sign with (RFC 8301 section 3.2 says: should)."""

STRING = 255
"""Octets of one string in a TXT record (RFC 1035 section 3.3)."""


def read_key(pem: bytes) -> PrivateKey:
    """The private key in a PEM file (PKCS#8, RFC 5958).

    Raises ValueError for anything else, also for a key that is encrypted, too small or of another kind.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as exc:
        raise ValueError("it is encrypted, or of a kind that is not known") from exc
    except ValueError as exc:
        raise ValueError("it holds no private key in PEM") from exc
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("DKIM signs with RSA or Ed25519")  # noqa: TRY004 - the file is at fault, not a type
    if key.key_size < RSA_BITS:
        raise ValueError(f"it has {key.key_size} bits, and receivers want {RSA_BITS}")
    return key


def key_file(key: PrivateKey) -> bytes:
    """What :func:`read_key` reads."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def algorithm(key: PrivateKey) -> str:
    """The key's kind, as the tag ``k=`` of a record names it."""
    return "rsa" if isinstance(key, RSAPrivateKey) else "ed25519"


def record_name(selector: str, domain: str) -> str:
    """Where the record stands (RFC 6376 section 3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def record(key: PrivateKey) -> str:
    """The TXT record of the public half (RFC 6376 section 3.6.1, RFC 8463 section 4)."""
    return f"v=DKIM1; k={algorithm(key)}; p={public_half(key)}"


def public_half(key: PrivateKey) -> str:
    """The tag ``p=``: an RSA key as SubjectPublicKeyInfo, an Ed25519 key as its 32 octets; in base64."""
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        return b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    return b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def strings(text: str) -> list[str]:
    """*text* cut into what one string of a TXT record holds (RFC 6376 section 3.6.2.2)."""
    return [text[start : start + STRING] for start in range(0, len(text), STRING)]
