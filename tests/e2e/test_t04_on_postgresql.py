"""A new site on a database server, through the real commands."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import create_engine, text

from sites import call_cli


@pytest.fixture
def fresh(tmp_path, pg_server):
    """A site as ``init`` writes it, and the URL of an empty database."""
    with pg_server.database(migrated=False) as url:
        folder = tmp_path / "blog"
        call_cli("init", folder, cwd=tmp_path)
        settings = folder / "config.toml"
        written = settings.read_text(encoding="utf-8")
        assert "sqlite:///state/docchat.db" in written
        settings.write_text(written.replace("sqlite:///state/docchat.db", url), encoding="utf-8")
        yield folder, url


def tables(url) -> set[str]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as c:
        found = set(c.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars())
    engine.dispose()
    return found


def test_the_sample_series_goes_out_and_the_accounts_add_up(fresh):
    folder, url = fresh
    call_cli("status", cwd=folder)
    assert tables(url) == set()

    call_cli("subscribers", "add", "anna@example.org", cwd=folder)
    call_cli("subscribers", "add", "ben@example.net", cwd=folder)
    series = next((folder / "posts").glob("*/series.toml")).parent.name
    call_cli("publish", series, "--now", "--yes", "--count", "2", cwd=folder)
    call_cli("run", "--once", cwd=folder)
    letters = sorted((folder / "outbox").glob("*.eml"))
    assert len(letters) == 2
    call_cli("run", "--once", cwd=folder)
    assert sorted((folder / "outbox").glob("*.eml")) == letters

    status = json.loads(call_cli("status", "--check", "--json", cwd=folder).stdout)
    assert status["healthy"]
    assert status["candidates"] == status["deliveries"]["accepted"] == 2
    assert not list(folder.rglob("*.db"))


def test_a_server_that_is_away_is_told_in_one_line_without_the_password(fresh):
    folder, url = fresh
    settings = folder / "config.toml"
    away = "postgresql://writer:secret@127.0.0.1:1/docchat?connect_timeout=2"
    settings.write_text(settings.read_text(encoding="utf-8").replace(url, away), encoding="utf-8")
    done = call_cli("status", cwd=folder, check=False)
    assert done.returncode == 75
    assert "docchat on 127.0.0.1 cannot be reached" in done.stderr
    assert "secret" not in done.stderr + done.stdout
    doctor = call_cli("doctor", cwd=folder, check=False)
    assert "C802" in doctor.stdout + doctor.stderr
    assert "secret" not in doctor.stdout + doctor.stderr
