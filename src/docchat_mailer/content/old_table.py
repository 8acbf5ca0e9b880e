"""A table of what each post was known by before, for a blog whose old feed is gone or short."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from docchat_mailer.errors import ContentError, FileError
from docchat_mailer.model.instants import utc
from docchat_mailer.model.old_entry import OldEntry

NEEDED = ("path", "entry_id", "url", "published")
COLUMNS = (*NEEDED, "updated")


def read_old_table(file: Path) -> tuple[OldEntry, ...]:
    """The lines of a CSV file with the columns path, entry_id, url, published and, if wanted, updated.

    *path* is the post's file below ``posts/``; dates carry an offset.  Raises FileError where the file
    cannot be read, and ContentError with the line that is at fault.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            return tuple(_entries(file.name, csv.DictReader(handle, strict=True)))
    except OSError as exc:
        raise FileError(f"{file} cannot be read", why=str(exc.strerror), fix="correct the path") from exc
    except UnicodeDecodeError as exc:
        raise ContentError("the table is not UTF-8", where=file.name, fix="save it as UTF-8") from exc
    except csv.Error as exc:
        raise ContentError("the table is no CSV", where=file.name, why=str(exc)) from exc


def _entries(name: str, rows: csv.DictReader[str]) -> Iterator[OldEntry]:
    missing = [column for column in NEEDED if column not in (rows.fieldnames or ())]
    unknown = [column for column in rows.fieldnames or () if column not in COLUMNS]
    if missing or unknown:
        why = f"missing: {', '.join(missing)}" if missing else f"unknown: {', '.join(unknown)}"
        fix = f"let the first line be {','.join(COLUMNS)}"
        raise ContentError("the table has other columns", where=f"{name}:1", why=why, fix=fix)
    for row in rows:
        where = f"{name}:{rows.line_num}"
        values = {column: (row.get(column) or "").strip() for column in COLUMNS}
        if not values["path"] or not values["entry_id"]:
            raise ContentError("a line has no path or no entry_id", where=where, fix="fill both in")
        yield OldEntry(
            where=where,
            entry_id=values["entry_id"],
            url=values["url"],
            source=values["path"],
            published=_instant(where, values["published"]),
            updated=_instant(where, values["updated"]),
        )


def _instant(where: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError as exc:
        fix = "write it with its offset, as 2027-03-16T09:00:00+01:00"
        raise ContentError(f"{text!r} is no instant", where=where, why=str(exc), fix=fix) from exc
