"""Delivery status notifications: the fields of RFC 3464, in a part of their own or strewn in a text."""

from __future__ import annotations

import re
from dataclasses import replace

from docchat_mailer.dsn.addresses import first_address
from docchat_mailer.dsn.fields import Fields, read_blocks
from docchat_mailer.dsn.statement import Statement

RECIPIENT = ("final-recipient", "original-recipient", "x-actual-recipient")
ABOUT = ("action", "status", "diagnostic-code")
ESCAPED = re.compile(r"\\x\{([0-9a-fA-F]{2,6})\}")
STREWN = re.compile(r"^[ \t>]*(?:final|original)-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)

MOST = 200
"""Recipients of a report that are read; a letter of ours has one."""


def read_status(text: str) -> list[Statement]:
    """A statement for each recipient in the fields of *text*, in order (RFC 3464 section 2.3)."""
    return [statement for group in _groups(text)[:MOST] if (statement := _statement(group))]


def envelope_id(text: str) -> str:
    """The id we gave the letter on its way (RFC 3464 section 2.2.1), or nothing."""
    return next((found for block in read_blocks(text) if (found := block.first("original-envelope-id"))), "")


def strewn_status(text: str) -> list[Statement]:
    """The statements in fields that stand in the middle of a text, indented or quoted."""
    if not STREWN.search(text):
        return []
    flat = "\n".join(line.lstrip(" \t>") if _is_field(line) else line for line in text.split("\n"))
    return read_status(flat)


def _is_field(line: str) -> bool:
    name = line.lstrip(" \t>").partition(":")[0].strip().lower()
    return name in RECIPIENT or name in ABOUT or name in ("remote-mta", "reporting-mta")


def _groups(text: str) -> list[Fields]:
    """The fields of each recipient; some servers part them by empty lines, or part nothing at all."""
    groups: list[list[tuple[str, str]]] = []
    for block in read_blocks(text):
        if not (groups and _continues(groups[-1], block)):
            groups.append([])
        for name, value in block.pairs:
            if name in RECIPIENT and _has(groups[-1], name):
                groups.append([])
            groups[-1].append((name, value))
    return [Fields(group) for group in groups if _has(group, *RECIPIENT)]


def _has(group: list[tuple[str, str]], *names: str) -> bool:
    return any(name in names for name, _ in group)


def _continues(group: list[tuple[str, str]], block: Fields) -> bool:
    """Whether *block* is the rest of a recipient's fields that an empty line tore apart."""
    names = {name for name, _ in block.pairs}
    if not names & set(ABOUT) or names & set(RECIPIENT):
        return False
    return _has(group, *RECIPIENT) and not _has(group, "action", "status")


def _statement(group: Fields) -> Statement | None:
    final, original = _address(group.first("final-recipient")), _address(group.first("original-recipient"))
    actual = _address(group.first("x-actual-recipient"))
    recipient = final or original or actual
    if not recipient and not any(name in group for name in ABOUT):
        return None
    made = Statement(
        recipient=recipient,
        source="delivery status",
        action=group.first("action").partition(";")[0].partition(" ")[0].lower(),
        status=group.first("status"),
        diagnostic="\n".join(_after_type(value) for value in group.every("diagnostic-code")),
    )
    return replace(made, original=original) if original.casefold() != recipient.casefold() else made


def _address(value: str) -> str:
    """The address in a typed one: ``rfc822; name@host`` (RFC 3464 section 2.3.2), ``utf-8;`` (RFC 6533)."""
    kind, mark, typed = value.partition(";")
    text = typed if mark else value
    if kind.strip().lower() == "utf-8":
        text = ESCAPED.sub(_character, text)
    return first_address(text)


def _character(found: re.Match[str]) -> str:
    try:
        return int(found[1], 16).to_bytes(4, "big").decode("utf-32-be")
    except UnicodeDecodeError:  # no character has that number
        return ""


def _after_type(value: str) -> str:
    """The words of a typed diagnostic: ``smtp; 550 ...`` (RFC 3464 section 2.3.6)."""
    kind, mark, rest = value.partition(";")
    return rest.strip() if mark and re.fullmatch(r"\s*[-\w]{1,20}\s*", kind) else value
