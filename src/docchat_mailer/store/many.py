"""One statement for many rows, with little done for each: the ledger's own hot path.

SQLAlchemy prepares the parameters of each row anew, which costs more than the database's own work.  Here a
statement is compiled once for its dialect, and its rows go to the driver as they are; so each value is given
as the column stores it.  SQLite runs the statement row by row; PostgreSQL gets all rows as one document and
joins them, since there each statement is a message to a server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BindParameter,
    Connection,
    Dialect,
    Table,
    Text,
    Update,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors


def execute_many(c: Connection, statement: Update, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run *statement* for each of *rows*, which name all of its parameters but the literal ones.

    No two of *rows* mean the same row of the table.
    """
    if c.dialect.name == "postgresql":
        c.execute(_joined(statement), {"rows": json.dumps(rows)})
        return
    text, literals, order = _compiled(statement, c.dialect)
    if order is None:
        c.exec_driver_sql(text, [{**literals, **row} for row in rows])
        return
    in_order = itemgetter(*order)
    c.exec_driver_sql(text, [in_order({**literals, **row}) for row in rows])


@lru_cache(maxsize=16)
def _compiled(statement: Update, dialect: Dialect) -> tuple[str, Mapping[str, Any], Sequence[str] | None]:
    """The statement's text, its literal parameters, and the order of all, where they go by position."""
    compiled = statement.compile(dialect=dialect)
    literals = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), literals, compiled.positiontup


@lru_cache(maxsize=16)
def _joined(statement: Update) -> Update:
    """*statement* with each of its parameters taken from a column of the rows in the document *rows*."""
    wanted = {
        one.key: one.type
        for one in visitors.iterate(statement)
        if isinstance(one, BindParameter) and one.required
    }
    document = bindparam("rows", type_=Text()).cast(JSON())
    columns = [column(name, kind) for name, kind in wanted.items()]
    given = func.json_to_recordset(document).table_valued(*columns, name="given")
    given = given.render_derived(name="given", with_types=True)

    def from_rows(element: Any, **kw: Any) -> Any:  # noqa: ARG001 - the traversal hands over its own
        return given.c[element.key] if isinstance(element, BindParameter) and element.key in wanted else None

    joined: Any = visitors.replacement_traverse(statement, {}, from_rows)
    return cast("Update", joined)


def insert_many(c: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert *rows* of the columns *names*; those that are there already stay as they are."""
    if not rows:
        return
    if c.dialect.name == "postgresql":
        c.execute(
            _recorded(table, tuple(names)),
            {"rows": json.dumps([dict(zip(names, row, strict=True)) for row in rows])},
        )
        return
    marks = ", ".join("?" * len(names))
    text = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - names of ours
    c.exec_driver_sql(text, [tuple(row) for row in rows])


@lru_cache(maxsize=16)
def _recorded(table: Table, names: tuple[str, ...]) -> Any:
    """Insert the rows of the document *rows*; the types that the driver knows are those of the columns."""
    document = bindparam("rows", type_=Text()).cast(JSON())
    columns = [column(name, table.c[name].type) for name in names]
    given = func.json_to_recordset(document).table_valued(*columns, name="given")
    given = given.render_derived(name="given", with_types=True)
    chosen = select(*(given.c[name] for name in names))
    return postgresql.insert(table).from_select(list(names), chosen).on_conflict_do_nothing()
