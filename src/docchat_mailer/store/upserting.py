"""Insert, or overwrite what is there: the one statement SQLAlchemy spells per database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(c: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put *rows* into *table* by primary key; only the columns that the rows name are overwritten."""
    if not rows:
        return
    statement = insert_into(c, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    c.execute(statement, [dict(row) for row in rows])


def insert_into(c: Connection, table: Table) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT."""
    return (postgresql if c.dialect.name == "postgresql" else sqlite).insert(table)
