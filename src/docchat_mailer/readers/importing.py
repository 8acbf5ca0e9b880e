"""Import subscribers from CSV: streamed, some thousand at a time; a row that cannot be used is set aside."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Self

from docchat_mailer.failpoints import failpoint
from docchat_mailer.model.subscriber import Follow, SubscriberState
from docchat_mailer.readers.formulas import disarm
from docchat_mailer.readers.incoming import Columns, Incoming
from docchat_mailer.readers.lines import Raw, cells_of, delimiter_of, raw_rows
from docchat_mailer.readers.presets import PLAIN, Preset
from docchat_mailer.readers.sorting import STATE_AFTER, Verdict, verdict
from docchat_mailer.store import arrivals, consents, preferences, suppressions
from docchat_mailer.store.arrivals import Known
from docchat_mailer.store.consents import Consenting
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.subscribers import NewSubscriber

BATCH = 5000
"""Rows in one transaction: an import that ends half way can simply be run again."""

EXAMPLES = 5
"""Rows set aside that are told without a file of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where people come from: the file's name, whose export it is, and what they agreed to.

    *columns* are those named by hand; *follows* is what they follow where no column says it.
    """

    file_name: str = ""
    preset: Preset = PLAIN
    columns: Mapping[str, str] = field(default_factory=dict)
    follows: str = "*"
    wording: str = "brought in by the operator"

    @property
    def source(self) -> str:
        """What the proof of consent says of it."""
        return f"{self.file_name or 'a file'} ({self.preset.name})"


@dataclass(slots=True)
class ImportReport:
    """What an import did, in rows.

    *added* are new and receive; *left* had left there, and receive nothing; *barred* bounced there, and
    are suppressed; *suppressed* were so before; *examples* are some of the rejected with line and reason.
    """

    read: int = 0
    added: int = 0
    known: int = 0
    left: int = 0
    barred: int = 0
    suppressed: int = 0
    rejected: int = 0
    examples: list[str] = field(default_factory=list)

    def count(self, made: Verdict) -> None:
        """One more of that verdict."""
        name = "left" if made is Verdict.LEAVES else str(made)
        setattr(self, name, getattr(self, name) + 1)


def import_csv(
    db: Database,
    stream: BinaryIO,
    *,
    key: bytes,
    now: datetime,
    token_ids: Callable[[], str],
    rejects: Path | None,
    origin: Origin | None = None,
    dry_run: bool = False,
    progress: Callable[[ImportReport], None] = lambda _report: None,
) -> ImportReport:
    """Import the rows of a file that *origin* tells of; a *dry_run* tells the same and changes nothing.

    Rows that cannot be used go to *rejects* with their line and the reason.  Suppressed addresses stay out.
    Raises ContentError where the first line names no column of addresses.
    """
    origin = origin or Origin()
    importing = _Import(db=db, now=now, token_ids=token_ids, origin=origin, dry_run=dry_run)
    report = importing.report
    with _Rejects(None if dry_run else rejects, report) as aside:
        rows = raw_rows(stream)
        header = next(rows, Raw(1, ""))
        delimiter = delimiter_of(header.text)
        columns = _columns(header, delimiter, origin)
        batch: list[Incoming] = []
        for row in rows:
            failpoint("import.row")
            report.read += 1
            try:
                batch.append(columns.incoming(_cells(row, delimiter), key))
            except ValueError as exc:
                aside.write(row, str(exc))
            if len(batch) >= BATCH:
                importing.take(batch)
                batch.clear()
                progress(report)
        importing.take(batch)
    progress(report)
    return report


def _columns(header: Raw, delimiter: str, origin: Origin) -> Columns:
    try:
        names = [name.strip().lower() for name in _cells(header, delimiter)]
    except ValueError:
        names = []
    preset = origin.preset.mapped(origin.columns)
    return Columns(preset, names, file_name=origin.file_name, follows=origin.follows, asked=origin.columns)


def _cells(row: Raw, delimiter: str) -> list[str]:
    if row.fault:
        raise ValueError(row.fault)
    return cells_of(row.text, delimiter)


@dataclass(kw_only=True, slots=True)
class _Import:
    """An import under way; a dry run remembers itself whom it would have brought in."""

    db: Database
    now: datetime
    token_ids: Callable[[], str]
    origin: Origin
    dry_run: bool
    report: ImportReport = field(default_factory=ImportReport)
    pretended: dict[int, Known | None] = field(default_factory=dict)

    def take(self, batch: list[Incoming]) -> None:
        """Put a batch into the database, or say what would become of it."""
        if not batch:
            return
        if self.dry_run:
            with self.db.read() as c:
                made = self._verdicts(c, batch)[0]
            self.pretended.update(
                {
                    _short(person): _after(each)
                    for person, each in zip(batch, made, strict=True)
                    if each in CHANGES
                }
            )
        else:
            made = self.db.retrying(lambda c: self._bring(c, batch))
        for each in made:
            self.report.count(each)

    def _verdicts(self, c: Connection, batch: list[Incoming]) -> tuple[list[Verdict], dict[str, Known]]:
        """What becomes of each, in order: a person may stand in a file twice."""
        here = arrivals.known(c, [person.key for person in batch])
        barred = suppressions.suppressed(c, [person.address_hash for person in batch])
        made, found = [], dict(here)
        for person in batch:
            known, suppressed = found.get(person.key), person.address_hash in barred
            if self.pretended and (short := _short(person)) in self.pretended:
                pretended = self.pretended[short]
                known, suppressed = pretended or known, suppressed or pretended is None
            each = verdict(person.standing, known, suppressed=suppressed)
            after = _after(each)
            if after is not None:
                found[person.key] = after
            elif each is Verdict.BARRED:
                barred.add(person.address_hash)
            made.append(each)
        return made, here

    def _bring(self, c: Connection, batch: list[Incoming]) -> list[Verdict]:
        """Act on the verdicts; where somebody was quicker, it is begun again, or they are known."""
        made, here = self._verdicts(c, batch)
        origin, both = self.origin, list(zip(batch, made, strict=True))
        new = [self._person(person, STATE_AFTER[each]) for person, each in both if each in NEW]
        ids = arrivals.bring(c, new, source=origin.source, wording=origin.wording)
        more: dict[int, tuple[Follow, ...]] = {}
        for person, each in both:
            known = here.get(person.key)
            id_ = ids.get(person.key) or (known.id if known else 0)
            if each is Verdict.LEAVES:
                self._take_out(c, id_)
            elif each is Verdict.KNOWN and id_ and (known is None or known.state is SubscriberState.ACTIVE):
                more[id_] = (*more.get(id_, ()), *person.follows)
        arrivals.tie(c, more)
        barred = [person.address_hash for person, each in both if each is Verdict.BARRED]
        arrivals.bar(c, barred, "bounced elsewhere", at=self.now, source=origin.source)
        return made

    def _take_out(self, c: Connection, subscriber: int) -> None:
        """Somebody left where the file comes from, after they were brought in here."""
        preferences.end(c, subscriber, self.now)
        consents.note(
            c, subscriber, Consenting.LEFT, self.now, source=self.origin.source, wording="had left there"
        )

    def _person(self, person: Incoming, state: SubscriberState) -> NewSubscriber:
        return NewSubscriber(
            address=person.address,
            name=person.name,
            token_id=self.token_ids(),
            follows=person.follows,
            state=state,
            at=self.now,
            address_hash=person.address_hash,
        )


NEW = frozenset({Verdict.ADDED, Verdict.ADDED_LEFT})
CHANGES = NEW | {Verdict.LEAVES, Verdict.BARRED}


def _after(made: Verdict) -> Known | None:
    """What is known of somebody after a verdict that changed them."""
    return AFTER.get(made)


AFTER = {made: Known(0, state, confirmed=False) for made, state in STATE_AFTER.items()}


def _short(person: Incoming) -> int:
    """Eight octets that stand for an address: a million of them fit into memory."""
    return int(person.address_hash[:16], 16)


class _Rejects:
    """The file of rows set aside; it is made when the first one comes."""

    def __init__(self, path: Path | None, report: ImportReport) -> None:
        self._path, self._report = path, report
        self._file: io.TextIOWrapper | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, row: Raw, reason: str) -> None:
        """Set a row aside."""
        self._report.rejected += 1
        if len(self._report.examples) < EXAMPLES:
            self._report.examples.append(f"line {row.number}: {reason}")
        if self._path is None:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            csv.writer(self._file).writerow(["line", "reason", "row"])
        csv.writer(self._file).writerow([row.number, reason, disarm(row.text.rstrip("\r\n"))])
