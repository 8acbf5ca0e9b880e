"""The guard against an old database: what goes out is numbered, in the database and in a file beside it.

A database whose number is behind the file's, or that is another one, was put back: it does not know what has
been sent since, and would send it again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from docchat_mailer.disk import write_whole
from docchat_mailer.errors import FileError
from docchat_mailer.store import meta, subscribers
from docchat_mailer.store.batches import ready
from docchat_mailer.store.copying import RESTORED, is_restored
from docchat_mailer.store.database import Connection, Database

MARK = "mark"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Which database it is, and how often it has begun to send."""

    instance: str
    number: int


def refuse_old(db: Database, file: Path) -> None:
    """Go on only with the database that sent last.

    Raises FileError where it was put back from a copy, or replaced by another; one without readers mails
    nobody, and may go on.
    """
    beside = read_mark(file)
    with db.read() as c:
        restored, mark, people = is_restored(c), _mark(c), subscribers.subscribers(c, limit=1)
    why = "it was restored from a backup" if restored else _older(mark, beside) if people else ""
    if why:
        raise FileError(
            "nothing goes out: the database is not the one that sent last",
            why=f"{why}, and does not know what was sent since",
            fix="look at `docchat-mailer status`, then `docchat-mailer resume --accept-restore`",
        )


def _older(mark: Mark, beside: Mark | None) -> str:
    if beside is None:
        return ""
    if mark.instance != beside.instance:
        return "it is another database"
    return "it is older" if mark.number < beside.number else ""


def before_sending(db: Database, file: Path, now: datetime) -> None:
    """Number what is about to be sent, if anything is due; otherwise nothing changes."""
    with db.read() as c:
        due = bool(ready(c, now, limit=1))
    if due:
        advance(db, file)


def advance(db: Database, file: Path, *, accept: bool = False) -> None:
    """Count on, in the database first; with *accept* from whatever number the file has."""
    floor = _number_beside(file) if accept else 0

    def work(c: Connection) -> Mark:
        mark = Mark(instance=meta.instance(c), number=max(_mark(c).number, floor) + 1)
        meta.put(c, MARK, str(mark.number))
        if accept:
            meta.drop(c, RESTORED)
        return mark

    mark = db.retrying(work)
    content = json.dumps({"instance": mark.instance, "mark": mark.number})
    write_whole(file, f"{content}\n".encode())


def _number_beside(file: Path) -> int:
    """The number in the file, none if it cannot be read: the operator has decided already."""
    try:
        beside = read_mark(file)
    except FileError:
        return 0
    return 0 if beside is None else beside.number


def read_mark(file: Path) -> Mark | None:
    """What the file beside the database says; None where there is none.

    Raises FileError where it cannot be read.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return Mark(instance=str(found["instance"]), number=int(found["mark"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise FileError(
            f"{file} cannot be read", why=str(exc), fix="docchat-mailer resume --accept-restore"
        ) from exc


def _mark(c: Connection) -> Mark:
    return Mark(instance=meta.get(c, "instance") or "", number=int(meta.get(c, MARK) or 0))
