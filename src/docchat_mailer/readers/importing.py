"""Import subscribers from CSV: streamed, a thousand at a time; a row that cannot be used is set aside."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Self

from docchat_mailer.errors import ContentError
from docchat_mailer.model.subscriber import SubscriberState
from docchat_mailer.readers.adding import checked_name
from docchat_mailer.readers.addresses import parse_address
from docchat_mailer.readers.follows import parse_follows
from docchat_mailer.readers.formulas import disarm, restore
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.store import subscribers, suppressions
from docchat_mailer.store.database import Database
from docchat_mailer.store.subscribers import NewSubscriber

BATCH = 1000
"""Rows in one transaction: an import that ends half way can simply be run again."""

LINE_LIMIT = 64 * 1024
"""Bytes of a line; what is longer is set aside without being held."""


@dataclass(slots=True)
class ImportReport:
    """What an import did: rows *read*, people *added* or *known* before, *suppressed*, *rejected*."""

    read: int = 0
    added: int = 0
    known: int = 0
    suppressed: int = 0
    rejected: int = 0


def import_csv(
    db: Database,
    stream: BinaryIO,
    *,
    key: bytes,
    now: datetime,
    token_ids: Callable[[], str],
    rejects: Path,
    progress: Callable[[ImportReport], None] = lambda _report: None,
) -> ImportReport:
    """Import rows with the columns ``email`` and, if they are there, ``name`` and ``follows``.

    Rows that cannot be used go to *rejects* with their line and the reason.  Suppressed addresses stay out.
    Raises ContentError where the first line names no column ``email``.
    """
    importing = _Import(db=db, key=key, now=now, token_ids=token_ids)
    report = importing.report
    with _Rejects(rejects) as aside:
        lines = _lines(stream, aside, report)
        header, delimiter = _header(lines)
        batch: list[NewSubscriber] = []
        for number, line in lines:
            report.read += 1
            try:
                batch.append(importing.person(_row(header, line, delimiter)))
            except ValueError as exc:
                aside.write(number, str(exc), line)
                report.rejected += 1
            if len(batch) >= BATCH:
                importing.store(batch)
                batch.clear()
                progress(report)
        importing.store(batch)
    progress(report)
    return report


@dataclass(kw_only=True, slots=True)
class _Import:
    db: Database
    key: bytes
    now: datetime
    token_ids: Callable[[], str]
    report: ImportReport = field(default_factory=ImportReport)

    def person(self, row: Mapping[str, str]) -> NewSubscriber:
        """The subscriber of a row; raises ValueError with the reason."""
        address = parse_address(row.get("email", ""))
        return NewSubscriber(
            address=address,
            name=checked_name(row.get("name", "")),
            token_id=self.token_ids(),
            follows=parse_follows(row.get("follows", "")),
            state=SubscriberState.ACTIVE,
            at=self.now,
            address_hash=address_hash(self.key, address),
        )

    def store(self, batch: list[NewSubscriber]) -> None:
        """Put a batch into the database, without those who are suppressed."""
        if not batch:
            return
        with self.db.write() as c:
            barred = suppressions.suppressed(c, [person.address_hash for person in batch])
            wanted = [person for person in batch if person.address_hash not in barred]
            added = subscribers.add_subscribers(c, wanted)
        self.report.suppressed += len(batch) - len(wanted)
        self.report.added += added
        self.report.known += len(wanted) - added


class _Rejects:
    """The file of rows set aside; it is made when the first one comes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: io.TextIOWrapper | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, number: int, reason: str, line: str) -> None:
        """Set a line aside."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            csv.writer(self._file).writerow(["line", "reason", "row"])
        csv.writer(self._file).writerow([number, reason, disarm(line.rstrip("\r\n"))])


def _lines(stream: BinaryIO, aside: _Rejects, report: ImportReport) -> Iterator[tuple[int, str]]:
    """The lines of the file with their numbers from 1; empty ones are passed over, endless ones set aside."""
    number = 0
    while raw := stream.readline(LINE_LIMIT):
        number += 1
        if len(raw) == LINE_LIMIT and not raw.endswith(b"\n"):
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(LINE_LIMIT)
            report.read += 1
            report.rejected += 1
            aside.write(number, f"the line is longer than {LINE_LIMIT} bytes", "")
            continue
        line = raw.decode("utf-8-sig" if number == 1 else "utf-8", "surrogateescape")
        if line.strip():
            yield number, line


def _header(lines: Iterator[tuple[int, str]]) -> tuple[list[str], str]:
    first = next(lines, None)
    line = first[1] if first is not None else ""
    delimiter = max(",;\t", key=line.count)
    names: list[str] = []
    with suppress(ValueError):
        names = [name.strip().lower() for name in _cells(line, delimiter)]
    if "email" not in names:
        raise ContentError(
            "the first line names no column 'email'",
            why="columns are found by their names",
            fix="begin the file with: email,name,follows",
        )
    return names, delimiter


def _row(header: list[str], line: str, delimiter: str) -> dict[str, str]:
    if "\0" in line:
        raise ValueError("the line holds a NUL")
    if any("\udc80" <= character <= "\udcff" for character in line):
        raise ValueError("the line is not UTF-8")
    cells = _cells(line, delimiter)
    if len(cells) > len(header):
        raise ValueError(f"the line has {len(cells)} cells for {len(header)} columns")
    return {name: restore(cell) for name, cell in zip(header, cells, strict=False)}


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as exc:
        raise ValueError(f"the line is no CSV ({exc})") from exc
