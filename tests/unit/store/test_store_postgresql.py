"""What only a database server does: it is away, it comes back, it is shared, it knows its rights."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import literal, select, text, update
from sqlalchemy.engine import make_url

from docchat_mailer.errors import (
    BusyError,
    ConfigError,
    ConflictError,
    FileError,
    PermissionDeniedError,
    TemporaryError,
)
from docchat_mailer.store import meta
from docchat_mailer.store.clock import database_now
from docchat_mailer.store.database import HEAD, Database, has_begun
from docchat_mailer.store.dialect import engines
from docchat_mailer.store.schema import Instant, meta as meta_table, metadata
from ledgers import fanned_out

ONE = meta_table.c.key == "one"


@pytest.fixture
def db(pg_url):
    database = Database.open(pg_url)
    yield database
    database.close()


@pytest.fixture
def both(database_url):
    database = Database.open(database_url)
    yield database
    database.close()


# -- schema ------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_describes_on_every_database(both):
    with both.read() as c:
        assert compare_metadata(MigrationContext.configure(c), metadata) == []


def test_the_server_gets_the_checks_and_defaults_that_the_code_describes(pg_server, db):
    with pg_server.database(migrated=False) as url:
        described = Database(url, *engines(url))
        with described.write() as c:
            metadata.create_all(c)
        assert _made(db) == _made(described)
        described.close()


MADE = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT table_name, column_name, concat_ws(' ', data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
ORDER BY 1, 2, 3
"""


def _made(database):
    with database.read() as c:
        rows = [tuple(row) for row in c.execute(text(MADE))]
    return [row for row in rows if row[0] != "alembic_version"]


def test_of_several_that_find_it_empty_one_makes_the_schema(pg_server):
    with pg_server.database(migrated=False) as url:
        assert not has_begun(url)
        opened, faults = [], []

        def start() -> None:
            try:
                opened.append(Database.open(url))
            except Exception as exc:  # noqa: BLE001 - the test looks at it
                faults.append(exc)

        threads = [threading.Thread(target=start) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert has_begun(url)
        with opened[0].read() as c:
            assert c.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]
        for database in opened:
            database.close()


# -- reading and writing -----------------------------------------------------------------------------------


def test_a_read_sees_one_moment_and_stops_no_writer(db):
    with db.read() as reading:
        assert meta.get(reading, "a") is None
        with db.write() as writing:
            meta.put(writing, "a", "b")
        assert meta.get(reading, "a") is None


def test_every_commit_of_anybody_changes_the_number_and_nothing_else_does(both):
    other = Database.open(both.url)
    before = both.changes()
    with both.read() as c:
        meta.get(c, "a")
    assert both.changes() == before
    with other.write() as c:
        meta.put(c, "a", "b")
        if both.is_server:
            assert both.changes() == before
    after = both.changes()
    with both.write() as c:
        meta.put(c, "a", "c")
    assert len({before, after, both.changes()}) == 3
    other.close()


def test_the_clock_of_the_database_is_an_instant_like_any_other(both):
    before = datetime.now(UTC) - timedelta(milliseconds=2)
    soon = literal(before + timedelta(minutes=1), Instant())
    with both.read() as c:
        now, ahead = c.execute(select(database_now(), database_now(timedelta(seconds=30)))).one()
        assert c.execute(select(database_now() < soon, database_now(timedelta(hours=1)) > soon)).one() == (
            1,
            1,
        )
    assert before <= now <= datetime.now(UTC) + timedelta(milliseconds=2)
    assert timedelta(seconds=29) < ahead - now < timedelta(seconds=31)


def test_fault_B6_a_transaction_that_another_got_in_the_way_of_is_begun_again(db):
    with db.write() as c:
        meta.put(c, "one", "0")
    tries = []

    def add(c) -> int:
        value = int(meta.get(c, "one"))
        if not tries:
            with db.write() as other:
                meta.put(other, "one", "10")
        tries.append(value)
        c.execute(update(meta_table).where(ONE).values(value=str(value + 1)))
        return value + 1

    assert db.retrying(add, one_moment=True) == 11
    assert tries == [0, 10]


def test_fault_B6_a_transaction_is_not_begun_for_ever(db):
    tries = []

    def never(c) -> None:
        tries.append(1)
        c.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$"))

    with pytest.raises(ConflictError, match="two things at once"):
        db.retrying(never)
    assert len(tries) == 5


def test_fault_B6_two_that_wait_for_one_another_are_a_conflict_of_one(db):
    with db.write() as c:
        meta.put(c, "one", "")
        meta.put(c, "two", "")
    held, faults = threading.Barrier(2), []

    def cross(first: str, second: str) -> None:
        try:
            with db.write() as c:
                meta.put(c, first, first)
                held.wait()
                meta.put(c, second, first)
        except ConflictError as exc:
            faults.append(exc)

    threads = [threading.Thread(target=cross, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(faults) == 1


def test_integrity_names_what_the_server_does_not_trust(db):
    fanned_out(db)
    assert db.check_integrity() == []
    with db.write() as c:
        c.execute(text("ALTER TABLE meta ADD CONSTRAINT short CHECK (length(value) < 3) NOT VALID"))
    assert db.check_integrity() == ["the constraint short is not valid"]
    assert db.journal() == ""


# -- faults ------------------------------------------------------------------------------------------------


def test_fault_B5_a_connection_that_is_cut_is_temporary_and_the_next_one_is_new(db):
    def cut_half_way() -> None:
        with db.write() as c:
            meta.put(c, "a", "b")
            _cut_all(db)
            meta.put(c, "a", "c")

    with pytest.raises(TemporaryError, match="cannot be reached"):
        cut_half_way()
    with db.read() as c:
        assert meta.get(c, "a") is None


def test_fault_B5_idle_connections_that_were_cut_are_not_noticed(db):
    before = db.changes()
    with db.write() as c:
        meta.put(c, "a", "b")
    _cut_all(db)
    assert db.changes() != before
    with db.write() as c:
        assert meta.get(c, "a") == "b"


def _cut_all(db):
    """As a restart of the server does."""
    other = Database(db.url, *engines(db.url))
    with other.read() as c:
        c.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()
    other.close()


def test_fault_A12_a_read_only_connection_is_a_matter_of_rights(db):
    with pytest.raises(PermissionDeniedError, match="read-only"), db.read() as c:
        meta.put(c, "a", "b")


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("40001", ConflictError, "two things at once"),
        ("40P01", ConflictError, "two things at once"),
        ("25006", PermissionDeniedError, "read-only"),
        ("42501", PermissionDeniedError, "refuses this role"),
        ("53100", FileError, "cannot be used"),
        ("53300", TemporaryError, "no connection left"),
        ("55P03", BusyError, "locked"),
        ("57014", BusyError, "locked"),
        ("57P01", TemporaryError, "cannot be reached"),
        ("08006", TemporaryError, "cannot be reached"),
        ("XX001", FileError, "damaged"),
        ("28000", ConfigError, "lets nobody in"),
    ],
)
def test_what_the_server_says_is_told_in_our_words(db, code, kind, said):
    with pytest.raises(kind, match=said) as caught, db.write() as c:
        c.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'why' USING ERRCODE = '{code}'; END $$"))
    assert caught.value.why == "why"
    assert caught.value.fix


def test_what_is_a_fault_of_the_program_is_not_translated(db):
    with pytest.raises(Exception, match="relation") as caught, db.read() as c:
        c.execute(text("SELECT 1 FROM nowhere"))
    assert type(caught.value).__module__.startswith("sqlalchemy")


def test_a_server_that_is_not_there_is_temporary_and_the_password_stays_in_the_settings():
    with pytest.raises(TemporaryError, match="cannot be reached") as caught:
        Database.open("postgresql://someone:secret@127.0.0.1:1/docchat?connect_timeout=2")
    assert "docchat on 127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "someone" not in caught.value.what


def test_a_database_or_role_that_is_not_there_is_a_matter_of_settings(pg_server):
    for url in (pg_server.named("nowhere"), _as(pg_server, "nobody")):
        with pytest.raises(ConfigError, match="does not exist") as caught:
            Database.open(url)
        assert caught.value.fix == "correct [database] url"
        with pytest.raises(ConfigError):
            has_begun(url)


def _as(server, role):
    return server.url.set(username=role, password="secret").render_as_string(hide_password=False)


def test_a_server_without_free_connections_is_temporary(pg_server, db):
    name = make_url(db.url).database
    pg_server.say("CREATE ROLE narrow LOGIN")
    pg_server.say("GRANT ALL ON ALL TABLES IN SCHEMA public TO narrow")
    pg_server.say("ALTER ROLE narrow CONNECTION LIMIT 0")
    try:
        with pytest.raises(TemporaryError, match="no connection left"):
            Database.open(pg_server.url.set(username="narrow", database=name).render_as_string())
    finally:
        pg_server.say("DROP OWNED BY narrow")
        pg_server.say("DROP ROLE narrow")


def test_a_driver_that_is_not_installed_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        Database.open("postgresql://localhost/docchat")
    assert "docchat-mailer[postgres]" in caught.value.fix


def test_settings_of_the_url_win_over_ours(db):
    wanted = {"application_name": "other", "options": "-c lock_timeout=1s"}
    url = make_url(db.url).update_query_dict(wanted)
    other = Database.open(url.render_as_string(hide_password=False))
    ask = "SELECT current_setting('application_name'), current_setting('lock_timeout')"
    for database, expected in ((db, ("docchat-mailer", "10s")), (other, ("other", "1s"))):
        with database.read() as c:
            assert tuple(c.execute(text(ask)).one()) == expected
    other.close()


def test_sqlite_imports_nothing_of_the_server(tmp_path):
    code = (
        "import sys; from docchat_mailer.store.database import Database;"
        f"Database.open('sqlite:///{tmp_path}/a.db').close();"
        "print([m for m in sys.modules if m.startswith('psycopg') or m.endswith('store.postgresql')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
