"""What was read of each file, so that an unchanged one is not opened again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from docchat_mailer.store.schema import sources
from docchat_mailer.store.upserting import upsert


class SourceRow(NamedTuple):
    """One file: *path* below the folder, time and size as it was read, digest, and what was made of it."""

    path: str
    mtime_ns: int
    size: int
    digest: str
    payload: bytes


def source_rows(c: Connection) -> list[SourceRow]:
    """Every file that was read."""
    return [SourceRow(*row) for row in c.execute(select(sources))]


def put_source_rows(c: Connection, rows: Sequence[SourceRow]) -> None:
    """Remember files as they are now."""
    upsert(c, sources, [row._asdict() for row in rows])


def drop_source_rows(c: Connection, paths: Sequence[str]) -> None:
    """Forget files that are gone."""
    if paths:
        c.execute(
            delete(sources).where(sources.c.path == bindparam("gone")), [{"gone": path} for path in paths]
        )
