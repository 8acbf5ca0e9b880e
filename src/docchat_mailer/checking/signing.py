"""What may be wrong with the keys that letters are signed with, and with their records in the DNS."""

from __future__ import annotations

import stat
from base64 import b64decode
from collections.abc import Iterator, Sequence
from pathlib import Path

from docchat_mailer.checking.domains import tags
from docchat_mailer.errors import TemporaryError
from docchat_mailer.letter.dkim import SigningKey
from docchat_mailer.letter.dkim_keys import algorithm, public_half, read_key, record_name
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.naming import Resolver
from docchat_mailer.model.series import Source


def key_findings(files: Sequence[Path]) -> Iterator[Finding]:
    """What to change about the files of private keys."""
    seen: dict[str, Path] = {}
    for file in files:
        where = Source(path=str(file))
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
            kind = algorithm(read_key(file.read_bytes()))
        except OSError as exc:
            yield finding("C815", where, "it cannot be read", why=str(exc.strerror))
            continue
        except ValueError as exc:
            yield finding("C815", where, str(exc))
            continue
        if mode & 0o077:
            yield finding("C814", where, f"the key has mode {mode:04o}", file=str(file))
        if seen.setdefault(kind, file) != file:
            fix = "leave the old one out of [mail.dkim] keys; its record stays a while"
            yield finding("C815", where, f"{seen[kind].name} is of the kind {kind} too", fix=fix)


def record_findings(
    domain: str, sender: str, keys: Sequence[SigningKey], resolver: Resolver
) -> Iterator[Finding]:
    """What to change about the records of *keys* at *domain*, for letters from the domain *sender*."""
    if not keys:
        yield finding("C838", Source(path=domain), "the relay's selector is not known here")
        return
    if not _related(domain, sender):
        yield finding("C846", Source(path="config.toml"), f"{domain} signs, and letters are from {sender}")
    if all(algorithm(key.private) == "ed25519" for key in keys):
        yield finding("C844", Source(path="config.toml"), "there is no RSA key")
    for key in keys:
        name = record_name(key.selector, domain)
        try:
            yield from _judged(resolver.look_up(name, "TXT"), key, Source(path=name))
        except TemporaryError as exc:
            yield finding("C830", Source(path=name), exc.what, why=exc.why)


def _judged(records: Sequence[str], key: SigningKey, where: Source) -> Iterator[Finding]:
    if not records:
        yield finding("C841", where, "there is no record")
        return
    found = tags(records[0])
    refusal = f"there are {len(records)} records" if len(records) > 1 else _refusal(found)
    if refusal:
        yield finding("C842", where, refusal)
    elif found.get("k", "rsa") != algorithm(key.private) or _octets(found["p"]) != _octets(
        public_half(key.private)
    ):
        yield finding("C843", where, f"it is not the public half of {key.selector}.pem")
    elif "y" in found.get("t", "").split(":"):
        yield finding("C845", where, "it says t=y")


def _refusal(found: dict[str, str]) -> str:
    """Why a receiver cannot use a record with these tags (RFC 6376 section 3.6.1); empty where it can."""
    if found.get("v", "DKIM1") != "DKIM1":
        return f"v={found['v']} is no version of DKIM"
    if "p" not in found:
        return "it has no tag p"
    if not found["p"]:
        return "its key is withdrawn: p is empty"
    if "sha256" not in found.get("h", "sha256").split(":"):
        return "its tag h leaves sha256 out"
    if not {"*", "email"} & set(found.get("s", "*").split(":")):
        return "its tag s leaves mail out"
    return "" if _octets(found["p"]) else "its tag p is not base64"


def _octets(text: str) -> bytes:
    """What base64 with white space in it stands for; nothing for anything else."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""


def _related(one: str, other: str) -> bool:
    """Whether two domains have one registered name, as far as their last two labels tell."""
    return one.lower().split(".")[-2:] == other.lower().split(".")[-2:]
