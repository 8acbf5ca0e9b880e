"""Reports in a mail server's own words: who is named below those of a known format, and what is said."""

from __future__ import annotations

import re

from docchat_mailer.dsn.addresses import ADDRESS, tidy
from docchat_mailer.dsn.formats import FORMATS, Format, Shape
from docchat_mailer.dsn.statement import Statement

TEXT = 64 * 1024
"""Characters of a report's text that are looked at."""

MOST = 200
DIAGNOSTIC = 4000
"""Recipients that are read, and characters of what is said of each."""

OPENING = re.compile(
    r"""[ \t]*(?:[-*>•·#\d.)]{1,5}[ \t]+)?['"]?"""
    r"""(?:(?!\d)[^\n<>@:]{0,80}<(?:mailto:)?|<)?['"]?(?=[^\s<>"'@]{1,64}@)"""
)
"""What may stand before an address that begins a line."""

AFTER = re.compile(r"""[>"']*[ \t]*(?:$|[:;,.(\[|#=]|\.{3}|[-–—] |[ \t]|\S{0,3}$)""")
FIELD = re.compile(
    r"[ \t>]*(?:from|to|cc|sender|return-path|reply-to|subject|date|message-id)[ \t]*:",
    re.IGNORECASE,
)
"""Lines that quote a letter's head name nobody."""

NEAR = 80
"""Characters that may stand between a label and its address."""

TRANSCRIPT = re.compile(r"[45]\d\d (?:[245]\.\d\.\d{1,3} )?(?=<?[^\s<>@]{1,64}@[^\s<>]{1,253}>?\.\.\. )<?")
"""What stands before an address in sendmail's own lines of a transcript."""

TALKING = re.compile(r"[. ]{0,4}while talking to", re.IGNORECASE)
"""What stands above the words of the next server."""

COMMAND = re.compile(r"[ \t]*(?:>>>|<<<|mail from|rcpt to)", re.IGNORECASE)


def read_text(text: str) -> list[Statement]:
    """A statement for each recipient named in *text*, by the first format that names any."""
    text = text[:TEXT]
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow in lower case, and places would no longer fit
        lower = "".join(each.lower()[:1] for each in text)
    found: dict[str, Statement] = {}
    for format_ in FORMATS:
        if format_.name.split()[0] not in {each.source.split()[0] for each in found.values()} and found:
            break
        for statement in _statements(format_, text, lower):
            found.setdefault(statement.recipient.casefold(), statement)
    return list(found.values())[:MOST]


def _statements(format_: Format, text: str, lower: str) -> list[Statement]:
    begins = format_.begins.search(lower)
    if not begins:
        return []
    if format_.shape is Shape.LABEL:
        return _labelled(format_, text, lower)
    below = text[begins.end() :]
    if format_.shape is Shape.TRANSCRIPT and (told := _transcribed(format_, below)):
        return told
    return _listed(format_, below)


def _labelled(format_: Format, text: str, lower: str) -> list[Statement]:
    named: dict[str, str] = {}
    for mark in format_.begins.finditer(lower):
        line = text[mark.end() : mark.end() + 5 * NEAR].lstrip().partition("\n")[0]
        found = ADDRESS.search(line)
        if found and found.start() <= NEAR and (address := tidy(found[1])):
            named.setdefault(address.casefold(), address)
        if len(named) >= MOST:
            break
    return [
        Statement(recipient=each, source=format_.name, action=format_.action, diagnostic=text[:DIAGNOSTIC])
        for each in named.values()
    ]


def _listed(format_: Format, text: str) -> list[Statement]:
    said: list[tuple[str, list[str]]] = []
    known: set[str] = set()
    indent = len(text)
    for line in text.split("\n"):
        address = _opening_address(line)
        depth = len(line) - len(line.lstrip())
        if address and address.casefold() not in known and depth <= indent:  # deeper is what was said
            indent = depth
            known.add(address.casefold())
            said.append((address, [line]))
        elif said:
            said[-1][1].append(line)
    return _stated(format_, said)


def _stated(format_: Format, said: list[tuple[str, list[str]]]) -> list[Statement]:
    return [
        Statement(
            recipient=address,
            source=format_.name,
            action=format_.action,
            diagnostic="\n".join(lines)[:DIAGNOSTIC],
        )
        for address, lines in said[:MOST]
    ]


def _transcribed(format_: Format, text: str) -> list[Statement]:
    """Statements of a transcript: what was said of an address stands above its line, not below."""
    said: list[tuple[str, list[str]]] = []
    lines: list[str] = []
    for line in text.split("\n"):
        if TALKING.match(line):
            lines = []
        lines.append(line)
        address = _opening_address(line) if TRANSCRIPT.match(line) else ""
        if address:
            said.append((address, lines))
            lines = []
    return _stated(format_, said)


def _opening_address(line: str) -> str:
    """The address that *line* begins with, or nothing."""
    if FIELD.match(line) or COMMAND.match(line):
        return ""
    opening = TRANSCRIPT.match(line) or OPENING.match(line)
    if not opening:
        return ""
    found = ADDRESS.match(line, opening.end())
    if not found or not AFTER.match(line, found.end()):
        return ""
    return tidy(found[1])
