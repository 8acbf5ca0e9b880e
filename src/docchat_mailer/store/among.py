"""A column among many values: one array for PostgreSQL, one parameter each for SQLite."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY


def among(c: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether *column* is one of *values*.

    psycopg reads a statement anew each time it has more than fifty parameters, which takes it as long as the
    server takes to answer; an array is one parameter, and the statement is prepared once for any number.
    """
    if c.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(values)
