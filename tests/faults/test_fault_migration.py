"""Killed between two steps of a migration: the old database is there, whole, and the next start does it all."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from sqlalchemy import text

from docchat_mailer.store.database import HEAD, Database
from docchat_mailer.store.dialect import engines
from docchat_mailer.store.migrations.run import upgrade
from sites import SiteFolder, run_cli

STEPS = len(
    list((Path(Database.migrate.__code__.co_filename).parent / "migrations" / "versions").glob("0*.py"))
)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path):
    """A site, and the URL of its database, in which there is nothing yet."""
    site = SiteFolder(tmp_path / "site")
    site.series()
    site.part(1, "Benefits")
    if request.param == "sqlite":
        yield site, f"sqlite:///{site.root}/state/docchat.db"
        return
    with request.getfixturevalue("pg_server").database(migrated=False) as url:
        site.config.write_text(site.config.read_text() + f'[database]\nurl = "{url}"\n')
        yield site, url


def said(url: str, query: str) -> list:
    """What the database says, whatever its version."""
    database = Database(url, *engines(url))
    try:
        with database.read() as c:
            return list(c.execute(text(query)).scalars())
    finally:
        database.close()


def started(site: SiteFolder, *, killed_after: int = 0) -> int:
    orders = {"DOCCHAT_TESTING": "1", "DOCCHAT_FAILPOINT": f"migrate.step:{killed_after}:kill"}
    done = run_cli("run", "--once", cwd=site.root, check=False, **(orders if killed_after else {}))
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def test_fault_A6_killed_after_a_step_of_the_first_migration(site):
    folder, url = site
    for step in (1, STEPS):
        assert started(folder, killed_after=step) == -signal.SIGKILL
    assert started(folder) == 0
    assert said(url, "SELECT version_num FROM alembic_version") == [HEAD]


def test_fault_A6_killed_after_a_step_from_the_oldest_version(site):
    folder, url = site
    (folder.root / "state").mkdir()
    database = Database(url, *engines(url))
    upgrade(database._writer, "0001")
    with database.write() as c:
        c.execute(text("INSERT INTO meta (key, value) VALUES ('kept', 'yes')"))
    database.close()
    for step in range(1, STEPS):
        assert started(folder, killed_after=step) == -signal.SIGKILL
        assert said(url, "SELECT version_num FROM alembic_version") == ["0001"]
    assert started(folder) == 0
    assert said(url, "SELECT version_num FROM alembic_version") == [HEAD]
    assert said(url, "SELECT value FROM meta WHERE key = 'kept'") == ["yes"]
