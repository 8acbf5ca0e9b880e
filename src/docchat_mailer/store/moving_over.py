"""From SQLite to PostgreSQL: table by table in one transaction, counted and summed on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Integer, Row, Table, func, insert, select, text, tuple_

from docchat_mailer.errors import FileError, UsageError
from docchat_mailer.store.database import Database
from docchat_mailer.store.schema import metadata

PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A table that was copied: how many *rows*, and the sum of them, which no order changes."""

    table: str
    rows: int
    checksum: str


def move_over(source: Database, target: Database, *, dry_run: bool = False) -> list[Moved]:
    """Copy every row of *source* into the empty *target*, wholly or not at all; a *dry_run* undoes it again.

    Raises UsageError where *target* is no server or not empty, FileError where the sums differ.
    """
    if not target.is_server or source.is_server:
        raise UsageError("this copies a file into a server", fix="name postgresql://user@host/name")
    with source.read() as here, target.write(one_moment=True) as there, there.begin_nested() as tried:
        moved = [_move(here, there, table) for table in metadata.sorted_tables]
        if dry_run:
            tried.rollback()
    return moved


def _move(here: Connection, there: Connection, table: Table) -> Moved:
    if there.execute(select(func.count()).select_from(table)).scalar_one():
        raise UsageError(f"the table {table.name} there is not empty", fix="name an empty database")
    for page in _pages(here, table):
        there.execute(insert(table), [dict(row._mapping) for row in page])  # noqa: SLF001 - its public way
    _count_on(there, table)
    given, taken = _sum(here, table), _sum(there, table)
    if given != taken:
        raise FileError(
            f"the table {table.name} arrived with {taken.rows} of {given.rows} rows, or with other values",
            why="the sums differ",
            fix="nothing was copied; check both databases, and try again",
        )
    return taken


def _sum(c: Connection, table: Table) -> Moved:
    rows = total = 0
    for page in _pages(c, table):
        rows += len(page)
        total += sum(
            int.from_bytes(blake2b(repr(tuple(row)).encode(), digest_size=16).digest()) for row in page
        )
    return Moved(table=table.name, rows=rows, checksum=f"{total % 2**128:032x}")


def _pages(c: Connection, table: Table) -> Iterator[list[Row[Any]]]:
    """Every row by its key, a page at a time."""
    key = list(table.primary_key)
    query = select(table).order_by(*key).limit(PAGE)
    page = list(c.execute(query))
    while page:
        yield page
        last = [page[-1]._mapping[column] for column in key]  # noqa: SLF001 - its public way
        page = list(c.execute(query.where(tuple_(*key) > tuple_(*last))))


def _count_on(there: Connection, table: Table) -> None:
    """Let new rows be numbered after the last one."""
    key = list(table.primary_key)
    if len(key) != 1 or not isinstance(key[0].type, Integer) or key[0].foreign_keys:
        return
    last = there.execute(select(func.max(key[0]))).scalar()
    if last is not None:
        sequence = "SELECT setval(pg_get_serial_sequence(:table, :column), :last)"
        there.execute(text(sequence), {"table": table.name, "column": key[0].name, "last": last})
