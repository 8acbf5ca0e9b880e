"""A column among many values, in one parameter: an array for PostgreSQL, a JSON document for SQLite."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY


def among(c: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether *column* is one of *values*, numbers or texts.

    However many there are, the statement is the same one, and nothing about it is reckoned anew; psycopg
    for one reads a statement again each time it has more than fifty parameters, which takes it as long as
    the server takes to answer.
    """
    if c.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    document = literal(json.dumps(list(values)), Text())
    return column.in_(select(func.json_each(document).table_valued("value").c.value))
