"""What was written to ``public/``, made from what, with which bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select

from docchat_mailer.store.schema import outputs as table
from docchat_mailer.store.upserting import upsert


class Output(NamedTuple):
    """One file of the site: a digest of what it was made from, one of its bytes, and when those changed."""

    path: str
    inputs: str
    sha256: str
    changed_at: datetime


def outputs(c: Connection) -> dict[str, Output]:
    """Every file of the site, by its path below the root."""
    return {row.path: Output(*row) for row in c.execute(select(table))}


def paths(c: Connection) -> list[str]:
    """The path of every file of the site."""
    return list(c.execute(select(table.c.path)).scalars())


def state_of(c: Connection) -> str:
    """What is another text after files were written, removed or came: a file's time moves with its bytes.

    Many files of one build have one time and come in several transactions, so those are counted too.
    """
    latest = select(func.max(table.c.changed_at)).scalar_subquery()
    newest = select(func.count()).where(table.c.changed_at == latest).scalar_subquery()
    return " ".join(map(str, c.execute(select(func.count(), latest, newest).select_from(table)).one()))


def put_outputs(c: Connection, written: Sequence[Output]) -> None:
    """Remember files as they were made."""
    upsert(c, table, [output._asdict() for output in written])


def drop_outputs(c: Connection, paths: Sequence[str]) -> None:
    """Forget files that were removed."""
    if paths:
        c.execute(delete(table).where(table.c.path == bindparam("gone")), [{"gone": p} for p in paths])
