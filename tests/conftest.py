"""What all tests share: a site in a temporary folder, a clock that stands still, and no way out but loopback."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sites import SiteFolder

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch):
    """Refuse every connection that leaves this machine, whoever asks for it."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def noon() -> datetime:
    """Some noon."""
    return datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> SiteFolder:
    """An empty site."""
    return SiteFolder(tmp_path / "site")


@pytest.fixture(scope="session")
def pg_server():
    """A PostgreSQL server."""
    import postgres  # noqa: PLC0415 - few tests need one

    with postgres.server() as server:
        yield server


@pytest.fixture
def pg_url(pg_server):
    """The URL of a new PostgreSQL database, migrated."""
    with pg_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request) -> str:
    """The URL of a new database, in memory and on a server: for one connection."""
    return "sqlite://" if request.param == "sqlite" else request.getfixturevalue("pg_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path: Path) -> str:
    """The URL of a new database, in a file and on a server: for several connections."""
    if request.param == "postgresql":
        return request.getfixturevalue("pg_url")
    return f"sqlite:///{tmp_path}/state/store.db"
