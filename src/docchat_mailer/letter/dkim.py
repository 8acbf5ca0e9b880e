"""DKIM signatures (RFC 6376, RFC 8463): relaxed header, simple body, the whole of it, never ``l=``.

The bytes hashed are the bytes sent: no line of a letter begins with a dot, so SMTP has none to stuff.
"""

from __future__ import annotations

import hashlib
import re
from binascii import b2a_base64
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from docchat_mailer.letter.headers import SOFT_LIMIT, Header, fold

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "feedback-id",
    "references",
    "in-reply-to",
)
"""What a reader sees or a mail program acts on (RFC 6376 section 5.4.1), as far as a letter has it."""

OVERSIGNED = frozenset({"from", "subject", "list-unsubscribe", "list-unsubscribe-post"})
"""Named once more than they stand in the letter, so that nobody can add another (section 8.15)."""

LASTS = timedelta(days=30)
"""How long a signature holds: longer than any queue on the way, shorter than a key is kept."""

_WIDTH = SOFT_LIMIT - len(" b=")
_SPACES = re.compile(rb"[ \t]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """A private key, and the *selector* its public half is published under."""

    selector: str
    private: PrivateKey


class Signer:
    """Signs messages for one domain, once with each key; one signer may serve any number of threads."""

    def __init__(
        self,
        domain: str,
        keys: Sequence[SigningKey],
        *,
        rewritten: Collection[str] = (),
        rsa: Callable[[Sequence[bytes]], list[bytes]] | None = None,
    ) -> None:
        """Prepare all that is the same for every message; fields that a relay has *rewritten* are left out.

        *rsa* stands in for signing with the RSA key here.
        Raises ValueError for a domain or selector that cannot stand in a header.
        """
        names = [name for name in SIGNED if name not in rewritten]
        self._names = tuple((name.encode(), name in OVERSIGNED) for name in names)
        self._wanted = frozenset(name.encode() for name in names)
        self._seals = tuple(
            (_opening(domain, key), rsa if rsa and _is_rsa(key) else partial(signatures, key.private))
            for key in keys
        )

    def __call__(self, letters: Sequence[tuple[bytes, datetime]]) -> list[bytes]:
        """The DKIM-Signature fields of each message, made at its date; the same for the same two values.

        Raises ValueError for a message without an empty line after its header.
        """
        parts = [self._parts(message, at) for message, at in letters]
        made = [b""] * len(parts)
        for opening, sign in self._seals:
            fields = [(opening + tags, header) for header, tags in parts]
            signatures = sign([_data(header, unsigned) for unsigned, header in fields])
            for number, (unsigned, _) in enumerate(fields):
                made[number] += _sealed(unsigned, signatures[number])
        return made

    def _parts(self, message: bytes, at: datetime) -> tuple[bytes, bytes]:
        """The signed fields in relaxed form, and the tags that the signatures of a message share."""
        end = message.index(b"\r\n\r\n")
        names, header = self._chosen(message[:end])
        made = int(at.timestamp())
        tags = b" t=%d; x=%d;\r\n%s\r\n bh=%s;\r\n b=" % (
            made,
            made + int(LASTS.total_seconds()),
            _listed(names),
            b2a_base64(_body_hash(message, end + 4), newline=False),
        )
        return header, tags

    def _chosen(self, block: bytes) -> tuple[tuple[bytes, ...], bytes]:
        """The names for ``h=``, and the signed fields in relaxed form, in that order."""
        fields = _relaxed(block, self._wanted)
        names: list[bytes] = []
        lines: list[bytes] = []
        for name, once_more in self._names:
            if name in fields:
                # Of several fields of one name the last comes first (RFC 6376 section 5.4.2).
                found = fields[name]
                names += [name] * len(found)
                lines += reversed(found)
            if once_more:
                names.append(name)
        return tuple(names), b"".join(lines)


def _is_rsa(key: SigningKey) -> bool:
    return isinstance(key.private, RSAPrivateKey)


def _opening(domain: str, key: SigningKey) -> bytes:
    """The tags of a signature that no message changes, folded, with a line break at the end."""
    kind = "rsa" if _is_rsa(key) else "ed25519"
    value = f"v=1; a={kind}-sha256; c=relaxed/simple; d={domain}; s={key.selector};"
    return f"{fold(Header('DKIM-Signature', value))}\r\n".encode("ascii")


def _relaxed(block: bytes, wanted: Collection[bytes]) -> dict[bytes, list[bytes]]:
    """The *wanted* fields in relaxed form (RFC 6376 section 3.4.2), by name, from top to bottom."""
    flat = block.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    if b"  " in flat or b"\t" in flat:
        flat = _SPACES.sub(b" ", flat)
    fields: dict[bytes, list[bytes]] = {}
    for line in flat.split(b"\r\n"):
        written, _, value = line.partition(b":")
        name = written.rstrip(b" ").lower()
        if name in wanted:
            fields.setdefault(name, []).append(b"%s:%s\r\n" % (name, value.strip(b" ")))
    return fields


def _body_hash(message: bytes, start: int) -> bytes:
    """SHA-256 of the body from *start* on, in simple form: it ends with one line break (section 3.4.3)."""
    end = len(message)
    while message.endswith(b"\r\n\r\n", start, end):
        end -= 2
    digest = hashlib.sha256(memoryview(message)[start:end])
    if not message.endswith(b"\r\n", start, end):
        digest.update(b"\r\n")
    return digest.digest()


@lru_cache(maxsize=64)
def _listed(names: tuple[bytes, ...]) -> bytes:
    """The tag ``h=``, folded after colons (RFC 6376 section 3.5); letters of one edition share it."""
    lines, line = [], b" h="
    for name in names:
        if len(line) + len(name) + 1 > SOFT_LIMIT:
            lines.append(line)
            line = b" "
        line += name + b":"
    return b"\r\n".join([*lines, line[:-1] + b";"])


def _data(header: bytes, unsigned: bytes) -> bytes:
    """What is signed: *header*, and the signature's own field in relaxed form (section 3.7)."""
    _, _, tags = unsigned.partition(b": ")
    return b"%sdkim-signature:%s" % (header, tags.replace(b"\r\n ", b" "))


def _sealed(unsigned: bytes, made: bytes) -> bytes:
    """A whole field: *unsigned*, which ends with ``b=``, and its signature."""
    return b"%s%s\r\n" % (unsigned, b"\r\n ".join(_pieces(b2a_base64(made, newline=False))))


def signatures(private: PrivateKey, texts: Sequence[bytes]) -> list[bytes]:
    """What *private* makes of each of *texts*."""
    return [_signature(private, text) for text in texts]


def _signature(private: PrivateKey, data: bytes) -> bytes:
    """What *private* makes of *data*: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519 over its hash."""
    if isinstance(private, RSAPrivateKey):
        return private.sign(data, PKCS1v15(), SHA256())
    # Ed25519 signs the hash as a message of its own (RFC 8463 section 3).
    return private.sign(hashlib.sha256(data).digest())


def _pieces(text: bytes) -> Iterator[bytes]:
    return (text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH))


__all__ = ["LASTS", "OVERSIGNED", "SIGNED", "PrivateKey", "Signer", "SigningKey", "signatures"]
