"""Bytes of a file in, text out: size, encoding, line ends and forbidden characters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from docchat_mailer.content.characters import FORBIDDEN, name_of
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source

MAX_FILE = 2_000_000
"""Bytes; a larger file is not opened."""

FEW = 20
"""So many findings of one kind are told for one file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileText:
    """What one reading of a file gave: its *digest* (SHA-256, hex) and its text, empty where it is faulty."""

    text: str
    digest: str
    findings: tuple[Finding, ...] = ()


def read_text(file: Path, source: Source, size: int) -> FileText:
    """Read *file* once; what is wrong with it are findings.  *size* is what the folder said, in bytes."""
    if size > MAX_FILE:
        return _refused("C103", source, f"the file has {size:,} bytes")
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_FILE + 1)
    except OSError as exc:
        return _refused("C104", source, f"the file cannot be read ({exc.strerror})")
    if len(raw) > MAX_FILE:
        return _refused("C103", source, f"the file has more than {MAX_FILE:,} bytes")
    return decode(raw, source)


def decode(raw: bytes, source: Source) -> FileText:
    """The text of *raw* without byte order mark and with LF as its only line end."""
    digest = hashlib.sha256(raw).hexdigest()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        where = Source(path=source.path, line=line)
        what = f"byte {raw[exc.start]:#04x} at offset {exc.start} is not UTF-8"
        return FileText(text="", digest=digest, findings=(finding("C101", where, what),))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return FileText(text=text, digest=digest, findings=_forbidden(text, source))


def _refused(code: str, source: Source, what: str) -> FileText:
    return FileText(text="", digest="", findings=(finding(code, source, what),))


def _forbidden(text: str, source: Source) -> tuple[Finding, ...]:
    if FORBIDDEN.search(text) is None:
        return ()
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        for character in dict.fromkeys(FORBIDDEN.findall(line)):
            where = Source(path=source.path, line=number)
            found.append(finding("C102", where, f"the text holds {name_of(character)}"))
    return tuple(found[:FEW])
