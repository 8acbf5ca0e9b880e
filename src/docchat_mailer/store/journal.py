"""The outcome journal: what a process knew about the letters it had in hand, for whoever comes after it.

One file for each sending process, locked for its life and appended to before and after each letter.  A line
outlives the process that wrote it, without being forced to the disk; so after a kill only the letter between
its ``W`` and its ``O`` is uncertain, and the rest of the open window was never handed over.

    docchat-journal 1 INSTANCE BOOT        the first line
    C n token edition batch                claim n: its batch and its token
    W n subscriber occasion                its letter is about to be handed over
    O n subscriber occasion verdict code enhanced reason relay text

Fields are separated by tabs; each line ends with the CRC-32 of what stands before it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from docchat_mailer.errors import CreateError, FileError
from docchat_mailer.model.delivery import DeliveryId, Outcome, Verdict
from docchat_mailer.store.batches import Claim

MAGIC = "docchat-journal"
VERSION = "1"
ENDING = ".journal"

ROTATE = 16 * 1024 * 1024
"""Bytes after which new claims go into a new file."""


def boot_id() -> str:
    """What differs after every start of the machine, or an empty string where there is no such thing."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


class Journal:
    """The writing end.  When a write fails, it raises, and no letter may be handed over."""

    def __init__(self, folder: Path, instance: str, boot: str | None = None) -> None:
        self._folder, self._instance = folder, instance
        self._boot = boot_id() if boot is None else boot
        self._current: _File | None = None
        self._claims: dict[int, _File] = {}
        self._number = 0

    def claim(self, claimed: Claim) -> int:
        """Begin the record of a claim; returns the number to name it by.

        Raises CreateError where no file can be made, FileError where it cannot be written.
        """
        if self._current is None or self._current.size > ROTATE:
            self._current = self._new_file()
        self._number += 1
        file = self._claims[self._number] = self._current
        file.open_claims += 1
        file.append(f"C\t{self._number}\t{claimed.token}\t{claimed.edition}\t{claimed.batch}")
        return self._number

    def handing_over(self, number: int, id_: DeliveryId) -> None:
        """The body of this letter goes to the wire next."""
        self._claims[number].append(f"W\t{number}\t{id_.subscriber}\t{id_.occasion}")

    def came_back(self, number: int, id_: DeliveryId, outcome: Outcome) -> None:
        """What the relay answered."""
        said = (outcome.enhanced, outcome.reason, outcome.relay, outcome.text[:200])
        fields = "\t".join(" ".join(text.split()) for text in said)
        code = "" if outcome.code is None else str(outcome.code)
        self._claims[number].append(
            f"O\t{number}\t{id_.subscriber}\t{id_.occasion}\t{outcome.verdict}\t{code}\t{fields}"
        )

    def settled(self, number: int) -> None:
        """All that this claim held is in the database; a file is removed when that is so of all of it."""
        file = self._claims.pop(number)
        file.open_claims -= 1
        if not file.open_claims and file is not self._current:
            file.remove()

    def close(self) -> None:
        """Let go of the files; those that hold something unsettled stay for a replay."""
        for file in {*self._claims.values(), *([self._current] if self._current else [])}:
            if file.open_claims:
                file.close()
            else:
                file.remove()
        self._current = None
        self._claims.clear()

    def _new_file(self) -> _File:
        path = self._folder / f"{secrets.token_hex(8)}{ENDING}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise CreateError(
                f"the journal {path} cannot be made", why=str(exc.strerror), fix="check [state] folder"
            ) from exc
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file = _File(path, descriptor)
        file.append(f"{MAGIC}\t{VERSION}\t{self._instance}\t{self._boot}")
        return file


@dataclass(eq=False, slots=True)
class _File:
    path: Path
    descriptor: int
    size: int = 0
    open_claims: int = 0

    def append(self, record: str) -> None:
        line = _sealed(record)
        try:
            written = os.write(self.descriptor, line)
        except OSError as exc:
            raise self._unwritable(str(exc.strerror)) from exc
        if written != len(line):
            raise self._unwritable("the disk is full")
        self.size += len(line)

    def _unwritable(self, why: str) -> FileError:
        return FileError(
            f"the journal {self.path} cannot be written",
            why=why,
            fix="make room, and sending goes on by itself: no letter is handed over without its line",
        )

    def close(self) -> None:
        os.close(self.descriptor)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.close()


@dataclass(slots=True)
class ClaimRecord:
    """What a journal says of one claim: *handed* went out without an answer that we know of."""

    token: str
    edition: int
    batch: int
    outcomes: dict[DeliveryId, Outcome] = field(default_factory=dict)
    handed: set[DeliveryId] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A journal as it was read; *whole* is False where a line before the last is damaged."""

    instance: str
    boot: str
    claims: tuple[ClaimRecord, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Orphan:
    """A journal whose process is gone; the lock on it is ours until it is closed."""

    path: Path
    descriptor: int

    def read(self) -> Record:
        """What stands in it.

        Raises FileError where it is of a version that this program does not know.
        """
        return read_journal(self.path)

    def remove(self) -> None:
        """Remove it: everything in it is settled."""
        self.path.unlink(missing_ok=True)


def orphans(folder: Path) -> Iterator[Orphan]:
    """The journals in *folder* whose process is gone, each locked while it is looked at."""
    for path in sorted(folder.glob(f"*{ENDING}")):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            with suppress(BlockingIOError):  # its process lives
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists():
                    yield Orphan(path, descriptor)
        finally:
            os.close(descriptor)


def read_journal(path: Path) -> Record:
    """What stands in a journal; damaged lines are left out.

    Raises FileError where it is of a version that this program does not know.
    """
    # what follows the last line end is empty, or a line cut short by the end of its process
    records = [_unsealed(line) for line in path.read_bytes().split(b"\n")[:-1]]
    head = records[0] if records else None
    if head is not None and head[:1] == [MAGIC] and head[1:2] != [VERSION]:
        raise FileError(
            f"{path} is a journal of version {head[1]}",
            why=f"this program reads version {VERSION}",
            fix="start the version that wrote it once, so that it settles what it had in hand",
        )
    named = head is not None and head[0] == MAGIC and len(head) == 4  # noqa: PLR2004 - as described above
    claims: dict[str, ClaimRecord] = {}
    readable = all(_add(claims, fields) for fields in records[1:])
    return Record(
        instance=head[2] if named and head is not None else "",
        boot=head[3] if named and head is not None else "",
        claims=tuple(claims.values()),
        whole=named and readable,
    )


def _add(claims: dict[str, ClaimRecord], fields: list[str] | None) -> bool:
    """Take one record in; False where it says nothing that can be used."""
    match fields:
        case ["C", number, token, edition, batch]:
            claims[number] = ClaimRecord(token, int(edition), int(batch))
        case ["W", number, subscriber, occasion] if number in claims:
            claim = claims[number]
            claim.handed.add(DeliveryId(claim.edition, int(subscriber), int(occasion)))
        case ["O", number, subscriber, occasion, verdict, code, enhanced, reason, relay, text] if (
            number in claims
        ):
            claim = claims[number]
            id_ = DeliveryId(claim.edition, int(subscriber), int(occasion))
            claim.handed.discard(id_)
            claim.outcomes[id_] = Outcome(
                verdict=Verdict(verdict),
                code=int(code) if code else None,
                enhanced=enhanced,
                text=text,
                reason=reason,
                relay=relay,
            )
        case _:
            return False
    return True


def _sealed(record: str) -> bytes:
    body = record.encode("utf-8", "replace")
    return body + b"\t%08x\n" % zlib.crc32(body)


def _unsealed(line: bytes) -> list[str] | None:
    """The fields of a line, or None where its checksum does not fit."""
    body, _, seal = line.rpartition(b"\t")
    if seal != b"%08x" % zlib.crc32(body):
        return None
    return body.decode("utf-8", "replace").split("\t")
