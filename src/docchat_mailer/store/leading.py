"""Which of several schedulers leads: whoever holds one lock of the server, on a connection of its own.

The lock lives and dies with the connection: a killed process, a cut cable or a restarted server free it.
Between two questions somebody else may have begun to lead, so what a leader does must bear being done twice:
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from docchat_mailer.errors import ConfigError
from docchat_mailer.store.dialect import translated
from docchat_mailer.store.postgresql import lone_engine

LEADING = 0x646F6363_00000002
"""The advisory lock of the leader; such locks belong to one database, and so to one site."""


class Leadership:
    """One process's bid for the lead over the database at *url*; leaving the context gives it back.

    Raises ConfigError where the database is a file: there the lock on a file keeps a second worker out.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() != "postgresql":
            raise ConfigError(
                "a database in a file has one worker, and nobody leads",
                fix="use postgresql://... for several",
            )
        self._url, self._engine = url, lone_engine(parsed)
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        """Nothing is asked yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stand down."""
        self.stand_down()

    def seek(self) -> bool:
        """Whether this process leads, having taken the lead if it was free.

        Raises TemporaryError where the server is away.
        """
        if self.leads():
            return True
        with translated(self._url):
            connection = self._engine.connect()
            try:
                won = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADING}).scalar()
            except DBAPIError:
                connection.close()
                raise
        if not won:
            connection.close()
            return False
        self._connection = connection
        return True

    def leads(self) -> bool:
        """Whether this process still leads, by asking over the very connection; False once that is lost."""
        if self._connection is None:
            return False
        try:
            self._connection.exec_driver_sql("SELECT 1").close()
        except DBAPIError:
            self.stand_down()
            return False
        return True

    def stand_down(self) -> None:
        """Give the lead back; nothing happens to whoever does not lead."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
