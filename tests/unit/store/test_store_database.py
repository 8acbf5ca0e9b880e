"""The database: its schema, its plans, and what it says when it cannot be used."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from docchat_mailer.errors import BusyError, ConfigError, FileError, PermissionDeniedError, TemporaryError
from docchat_mailer.model.delivery import DeliveryId, DeliveryState, Outcome, Verdict
from docchat_mailer.store import accounting, batches, meta, suppressions, windows
from docchat_mailer.store.batches import Claim
from docchat_mailer.store.database import Database
from docchat_mailer.store.dialect import journal_mode, sqlite_module
from docchat_mailer.store.schema import metadata
from docchat_mailer.store.windows import Settlement
from ledgers import NOW, fanned_out


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def db(file: Path):
    database = Database.open(f"sqlite:///{file}")
    yield database
    database.close()


# -- schema ------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_describes(db):
    with db.read() as c:
        assert compare_metadata(MigrationContext.configure(c), metadata) == []


def test_the_migrations_make_the_checks_and_options_that_the_code_describes(db, tmp_path):
    described = Database.open(f"sqlite:///{tmp_path}/described.db")
    with described.write() as c:
        metadata.drop_all(c)
        metadata.create_all(c)
    assert _made(db) == _made(described)
    described.close()


def _made(db: Database) -> dict[str, list[str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    with db.read() as c:
        return {row.name: columns_of(row.sql) for row in c.execute(text(query))}


def columns_of(statement: str) -> list[str]:
    """The pieces of a CREATE, without their order: a table that was made anew has another one."""
    plain = "".join(statement.split()).replace(")", "").replace('"', "")
    return sorted(plain.replace("WITHOUTROWID", ",WITHOUTROWID").split(","))


def test_a_database_of_a_newer_version_is_refused(db, file):
    with db.write() as c:
        c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer version"):
        Database.open(f"sqlite:///{file}")


def test_every_commit_of_another_changes_the_number(db, file):
    other = Database.open(f"sqlite:///{file}")
    before = db.changes()
    assert db.changes() == before
    with other.write() as c:
        meta.put(c, "a", "b")
    after = db.changes()
    with db.write() as c:
        meta.put(c, "a", "c")
    assert len({before, after, db.changes()}) == 3
    other.close()


def test_a_read_sees_one_moment_and_stops_no_writer(db):
    with db.read() as reading:
        assert meta.get(reading, "a") is None
        with db.write() as writing:
            meta.put(writing, "a", "b")
        assert meta.get(reading, "a") is None


def test_commits_are_durable_and_references_hold(db):
    with db.write() as c:
        asked = {
            name: c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "foreign_keys")
        }
    assert asked == {"synchronous": 2, "foreign_keys": 1}
    with db.write() as c:
        c.exec_driver_sql("PRAGMA defer_foreign_keys = OFF")
    with pytest.raises(Exception, match="FOREIGN KEY"), db.write() as c:
        c.execute(text("INSERT INTO edition_bodies VALUES (7, 'html', x'00')"))


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 53, 0), "WAL"),
    ],
)
def test_write_ahead_logging_only_where_the_library_is_safe_in_it(version, mode):
    assert journal_mode(version) == mode


# -- plans -------------------------------------------------------------------------------------------------


BATCH = ("ix_deliveries_batch_id (batch_id=?",)
KEY = ("edition_id=?", "subscriber_id=?")
SETTLED = Settlement(id=DeliveryId(2, 1), outcome=Outcome(verdict=Verdict.ACCEPTED))
CLAIM = Claim(batch=2, edition=2, destination="other", token="mine")
STANDING = replace(CLAIM, standing=True)
ROW = DeliveryId(2, 1)


@pytest.mark.parametrize(
    ("ask", "columns"),
    [
        (lambda c: windows.waiting_rows(c, CLAIM), BATCH),
        (lambda c: windows.open_rows(c, CLAIM, [ROW], now=NOW, gate=NOW), KEY),
        (lambda c: windows.open_rows(c, STANDING, [ROW], now=NOW, gate=NOW), KEY),
        (lambda c: windows.settle(c, CLAIM, [SETTLED], now=NOW), KEY),
        (lambda c: batches.release(c, CLAIM), BATCH),
        (lambda c: batches.doubt(c, [2], NOW), BATCH),
        (lambda c: accounting.pending_in(c, [2]), BATCH),
        (lambda c: suppressions.suppress_unknown(c, [2], NOW), BATCH),
    ],
    ids=[
        "waiting_rows",
        "open_rows",
        "open_notices",
        "settle",
        "release",
        "doubt",
        "pending_in",
        "suppress_unknown",
    ],
)
@pytest.mark.parametrize("statistics", [False, True])
def test_rows_are_read_by_batch_and_moved_by_key_with_and_without_statistics(db, ask, columns, statistics):
    fanned_out(db, readers=300, parts=4)
    with db.write() as c:
        c.execute(text("UPDATE deliveries SET state = 'accepted' WHERE subscriber_id > 2"))
        if statistics:
            c.execute(text("ANALYZE"))
    plans = []

    def explain(connection, _cursor, statement, parameters, *_):
        if "deliveries" in statement and not statement.startswith("EXPLAIN"):
            first = parameters[0] if isinstance(parameters, list) else parameters
            said = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", first).all()
            plans.extend(row[3] for row in said if " deliveries" in row[3])

    event.listen(db._writer, "before_cursor_execute", explain)
    with db.write() as c:
        ask(c)
    event.remove(db._writer, "before_cursor_execute", explain)
    assert plans
    assert all(column in plan for plan in plans for column in columns), plans


def test_a_look_for_work_costs_the_same_however_much_is_done(db):
    fanned_out(db, readers=300, parts=4)
    with db.write() as c:
        c.execute(text("UPDATE deliveries SET state = 'accepted'"))
        c.execute(text("UPDATE batches SET state = 'done'"))
    with db.read() as c:
        plan = c.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT 1 FROM batches WHERE {batches.IS_OPEN}").all()
        assert "ix_batches_open" in plan[0][3]
        assert not batches.anything_open(c)
        assert batches.ready(c, NOW) == []


# -- faults ------------------------------------------------------------------------------------------------


def test_fault_B1_busy_database_is_a_temporary_error(db, file):
    with db.write() as c:
        c.exec_driver_sql("PRAGMA busy_timeout = 20")
    other = sqlite_module().connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match="locked") as caught, db.write():
        pass
    assert isinstance(caught.value, TemporaryError)
    assert str(file) in str(caught.value)
    other.rollback()
    with db.write() as c:
        meta.put(c, "a", "b")
    other.close()


def test_fault_B1_a_connection_that_others_wait_for_too_is_a_temporary_error(db):
    db._writer.pool._timeout = 0.01
    with db.write(), pytest.raises(BusyError, match="no connection to spare"), db.write():
        pass


def test_fault_B2_corrupt_file_is_told_as_damaged(file):
    file.write_bytes(b"this is no database, and long enough to be looked at " * 40)
    with pytest.raises(FileError, match="damaged"):
        Database.open(f"sqlite:///{file}")


def test_fault_B2_corrupt_page_is_told_as_damaged(db, file):
    fanned_out(db, readers=400)
    db.close()
    size = file.stat().st_size
    with file.open("r+b") as handle:
        for page in range(4096 * 4, size, 4096):
            handle.seek(page)
            handle.write(os.urandom(2048))
    again = Database("sqlite:///" + str(file), db._writer, db._readers)
    with pytest.raises(FileError, match="damaged"), again.read() as c:
        accounting.lines(c)


def test_fault_A12_read_only_connection_is_a_matter_of_rights(db):
    with pytest.raises(PermissionDeniedError, match="read-only"), db.read() as c:
        meta.put(c, "a", "b")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_fault_A12_read_only_file_is_a_matter_of_rights(db, file):
    db.close()
    file.chmod(0o444)
    file.parent.chmod(0o555)
    try:
        with pytest.raises((PermissionDeniedError, FileError)):
            fanned_out(Database.open(f"sqlite:///{file}"))
    finally:
        file.parent.chmod(0o755)


def test_a_missing_database_is_told_where_none_may_be_made(file):
    with pytest.raises(FileError, match="no database"):
        Database.open(f"sqlite:///{file}", create=False)
    assert not file.exists()


def test_a_folder_in_place_of_a_database_is_told(tmp_path):
    with pytest.raises(FileError, match="cannot be used"):
        Database.open(f"sqlite:///{tmp_path}")


def test_another_kind_of_database_is_refused():
    with pytest.raises(ConfigError, match="not supported"):
        Database.open("mysql://localhost/docchat")


def test_integrity_names_what_refers_to_nothing(db, file):
    fanned_out(db)
    assert db.check_integrity() == []
    bare = sqlite_module().connect(file)
    bare.execute("DELETE FROM subscribers")
    bare.commit()
    bare.close()
    assert "deliveries refers to a missing subscribers" in db.check_integrity()
    with db.read() as c:
        assert accounting.sums(c, 1)[DeliveryState.PENDING] == 1
