"""Addresses in text: of fields, of servers' words, of quoted commands."""

from __future__ import annotations

import re

from docchat_mailer.dsn.fields import Fields

ADDRESS = re.compile(
    r"""((?:"[^"\s@]{1,62}"|[^\s<>()\[\]{}\\,;:"@|`]{1,64})"""
    r"""@(?:[\w*][-\w.*]{0,252}|\[[\da-fA-F.:IPv]{3,45}\]))"""
)
"""Wider than RFC 5321 section 4.1.2, since servers write what they were given; it may be starred out."""

OWNERLESS = re.compile(
    r"(mailer-?daemon|post_?master|mail-?daemon|mdaemon|no-?reply|abuse|mailmaster|root)\b", re.IGNORECASE
)


def find_addresses(text: str, most: int = 200) -> list[str]:
    """The addresses in *text*, in order, each once."""
    found: dict[str, str] = {}
    for match in ADDRESS.finditer(text):
        address = tidy(match[1])
        if address:
            found.setdefault(address.casefold(), address)
        if len(found) >= most:
            break
    return list(found.values())


def tidy(address: str) -> str:
    """*address* without what a sentence put around it, or nothing where that leaves none."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    if local.lower().startswith(("mailto:", "smtp:", "rfc822;", "rfc822:")):
        local = re.split("[;:]", local, maxsplit=1)[1]
    local, domain = local.lstrip("'"), domain.rstrip(".'-_")
    return f"{local}@{domain}" if local and domain else ""


def first_address(text: str) -> str:
    """The first address in *text*, or nothing."""
    return next(iter(find_addresses(text, 1)), "")


def addresses_of(fields: Fields, *names: str) -> list[str]:
    """The addresses in all fields called one of *names*, each once."""
    return find_addresses("\n".join(fields.every(*names)))


def is_ownerless(address: str) -> bool:
    """Whether *address* is a server's and no reader's."""
    return OWNERLESS.match(address) is not None
