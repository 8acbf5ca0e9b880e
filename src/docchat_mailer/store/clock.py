"""The database's own clock: what leases are measured by, since the clocks of hosts differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from docchat_mailer.store.schema import MICROSECOND, Instant


class _DatabaseNow(FunctionElement[Any]):
    """Microseconds since 1970, read when the statement runs."""

    name = "database_now"
    type = Instant()
    inherit_cache = True


def database_now(ahead: timedelta = timedelta()) -> ColumnElement[Any]:
    """The instant at which the statement runs, or one *ahead* of it, as instants are stored."""
    now = _DatabaseNow()
    return now.op("+", return_type=Instant())(literal(ahead // MICROSECOND, BigInteger())) if ahead else now


@compiles(_DatabaseNow, "sqlite")
def _sqlite(element: _DatabaseNow, compiler: Any, **_: Any) -> str:  # noqa: ARG001
    # julianday works in every SQLite; a double of it is good to 0.1 ms
    return "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"


@compiles(_DatabaseNow, "postgresql")
def _postgresql(element: _DatabaseNow, compiler: Any, **_: Any) -> str:  # noqa: ARG001
    # the same for every row of a statement, so that an index can be asked; now() is the transaction's start
    return "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)"
