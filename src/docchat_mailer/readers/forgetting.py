"""Retention: who is not needed any more is erased, one person a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.readers.erasing import erase
from docchat_mailer.store import forgetting
from docchat_mailer.store.database import Connection, Database

PAGE = 100

Overdue = Callable[[Connection, datetime, int], Sequence[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """How many days people are kept who never confirmed, and who left; 0: for ever."""

    pending: int = 0
    left: int = 0


def forget(db: Database, retention: Retention, now: datetime) -> int:
    """Erase who is kept long enough; returns how many.

    Who never confirmed may sign up again; of who left, a keyed hash stays, so that no file brings them back.
    """
    count = 0
    if retention.pending:
        before = now - timedelta(days=retention.pending)
        count += _forget(db, forgetting.never_confirmed, before, now, barred=False)
    if retention.left:
        before = now - timedelta(days=retention.left)
        count += _forget(db, forgetting.left_long_ago, before, now, barred=True)
    return count


def _forget(db: Database, overdue: Overdue, before: datetime, now: datetime, *, barred: bool) -> int:
    count = 0
    while True:
        with db.read() as c:
            names = overdue(c, before, PAGE)
        for name in names:
            erase(db, name, now=now, source="retention", barred=barred)
        count += len(names)
        if len(names) < PAGE:
            return count
