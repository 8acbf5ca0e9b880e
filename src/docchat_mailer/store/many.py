"""One statement for many rows, with little done for each: the ledger's own hot path.

SQLAlchemy prepares the parameters of each row anew, which costs more than the database's own work.  Here a
statement is compiled once for its dialect, and its rows go to the driver as they are; so each value is given
as the column stores it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Update


def execute_many(c: Connection, statement: Update, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run *statement* once for each of *rows*, which name all of its parameters but the literal ones."""
    text, literals, order = _compiled(statement, c.dialect)
    if order is None:
        c.exec_driver_sql(text, [{**literals, **row} for row in rows])
        return
    c.exec_driver_sql(
        text, [tuple(row[name] if name in row else literals[name] for name in order) for row in rows]
    )


@lru_cache(maxsize=16)
def _compiled(statement: Update, dialect: Dialect) -> tuple[str, Mapping[str, Any], Sequence[str] | None]:
    """The statement's text, its literal parameters, and the order of all, where they go by position."""
    compiled = statement.compile(dialect=dialect)
    literals = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), literals, compiled.positiontup
