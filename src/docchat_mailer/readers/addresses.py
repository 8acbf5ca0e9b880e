"""Mail addresses by a strict grammar: what is stored is what was parsed, and it is never parsed again.

A local part is a dot-atom (RFC 5322 section 3.2.3), which may hold characters of other scripts (RFC 6531
section 3.3); quoted local parts, comments and domain literals are refused, since programs disagree on them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import idna

from docchat_mailer.model.subscriber import Address

ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
LOCAL_LIMIT = 64
ADDRESS_LIMIT = 254
"""Octets of an address that fits into a path of 256 (RFC 5321 sections 4.5.3.1.1 and 4.5.3.1.3)."""


def parse_address(text: str) -> Address:
    """The address that *text* is, its domain in lower-case A-labels, its local part in NFC.

    Raises ValueError, with the reason as a sentence.
    """
    text = text.strip(" \t")
    if not text:
        raise ValueError("there is no address")
    if not (text.isascii() and text.isprintable()) and any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in text
    ):
        raise ValueError("an address holds no control or invisible character")
    local, at, domain = text.partition("@")
    if not at or "@" in domain:
        raise ValueError("an address has one @")
    return _checked(Address(local=_local(local), domain=_domain(domain)))


def _local(local: str) -> str:
    local = unicodedata.normalize("NFC", local)
    if not all(ATOM.fullmatch(atom) for atom in local.split(".")):
        raise ValueError("the part before the @ holds a character, or a dot, where none may be")
    if not local.isascii() and any(character.isspace() for character in local):
        raise ValueError("the part before the @ holds a space")
    if len(local.encode()) > LOCAL_LIMIT:
        raise ValueError(f"the part before the @ is longer than {LOCAL_LIMIT} octets")
    return local


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError as exc:
        raise ValueError(f"{domain!r} is no domain name ({exc})") from exc
    labels = ascii_domain.split(".")
    if len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004
        raise ValueError(f"{domain!r} is no full domain name")
    if labels[-1].isdigit():
        raise ValueError(f"{domain!r} is no domain name")
    return ascii_domain


def _checked(address: Address) -> Address:
    if len(str(address).encode()) > ADDRESS_LIMIT:
        raise ValueError(f"the address is longer than {ADDRESS_LIMIT} octets")
    return address
