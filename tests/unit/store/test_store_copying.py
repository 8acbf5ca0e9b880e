"""Copies of the database: whole or not there, checked, put back with a guard, and moved to a server."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest

from docchat_mailer.errors import CreateError, FileError, UsageError
from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store import accounting, meta, subscribers
from docchat_mailer.store.copying import back_up, faults_of, put_back
from docchat_mailer.store.database import Database
from docchat_mailer.store.moving_over import move_over
from docchat_mailer.worker.guarding import advance, refuse_old
from ledgers import fanned_out, reader

NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def db(tmp_path):
    opened = Database.open(f"sqlite:///{tmp_path / 'docchat.db'}")
    fanned_out(opened, readers=20, parts=2)
    yield opened
    opened.close()


def sums(file):
    with closing(Database.open(f"sqlite:///{file}")) as opened, opened.read() as c:
        return accounting.sums(c)[DeliveryState.PENDING]


def test_a_copy_is_whole_private_and_never_written_over(db, tmp_path):
    copy = tmp_path / "copies" / "a.db"
    back_up(db, copy)
    before = copy.read_bytes()
    assert not faults_of(copy)
    assert copy.read_bytes() == before
    assert [file.name for file in copy.parent.iterdir()] == ["a.db"]
    assert copy.stat().st_mode & 0o077 == 0
    with pytest.raises(CreateError, match="already"):
        back_up(db, copy)
    assert sums(copy) == 40


RUN = """
import sys
from pathlib import Path
from docchat_mailer import failpoints
from docchat_mailer.store.copying import back_up
from docchat_mailer.store import copying
from docchat_mailer.store.database import Database
copying.STEP = 4
failpoints.arm("backup.mid:3:kill")
back_up(Database.open(sys.argv[1]), Path(sys.argv[2]))
"""


def test_fault_A7_a_killed_backup_leaves_no_copy_and_the_next_one_is_whole(db, tmp_path):
    copy = tmp_path / "a.db"
    done = subprocess.run(
        [sys.executable, "-c", RUN, db.url, str(copy)], env=dict(os.environ), check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert not copy.exists()
    back_up(db, copy)
    assert not faults_of(copy)


@pytest.mark.parametrize("harm", ["cut", "zeros", "empty", "account"])
def test_fault_B2_a_damaged_copy_is_told_and_not_restored(db, tmp_path, harm):
    copy = tmp_path / "a.db"
    back_up(db, copy)
    size = copy.stat().st_size
    with copy.open("r+b") as file:
        if harm == "cut":
            file.truncate(size // 2)
        elif harm == "zeros":
            file.seek(size // 3)
            file.write(b"\0" * 20_000)
        elif harm == "empty":
            file.truncate(0)
    if harm == "account":
        with closing(sqlite3.connect(copy)) as opened:
            opened.execute("DELETE FROM deliveries WHERE subscriber_id = 3")
            opened.commit()
    assert faults_of(copy)
    with pytest.raises(FileError, match="cannot be restored"):
        put_back(copy, tmp_path / "docchat.db", NOW)
    with pytest.raises(FileError, match="no copy"):
        faults_of(tmp_path / "none.db")


def test_fault_B4_a_restored_copy_is_held_until_it_is_accepted(db, tmp_path):
    copy, mark, target = tmp_path / "a.db", tmp_path / "ledger.mark", tmp_path / "docchat.db"
    back_up(db, copy)
    advance(db, mark)
    refuse_old(db, mark)
    db.close()
    kept = put_back(copy, target, NOW)
    assert kept is not None
    assert sums(kept) == 40
    with closing(Database.open(db.url)) as restored:
        with pytest.raises(FileError, match="restored from a backup"):
            refuse_old(restored, mark)
        mark.unlink()
        with pytest.raises(FileError, match="restored from a backup"):
            refuse_old(restored, mark)
        advance(restored, mark, accept=True)
        refuse_old(restored, mark)


def test_fault_B4_a_copy_put_back_by_hand_is_older_than_the_file_beside_it(db, tmp_path):
    mark = tmp_path / "ledger.mark"
    advance(db, mark)
    back_up(db, tmp_path / "a.db")
    advance(db, mark)
    db.close()
    shutil.copy(tmp_path / "a.db", tmp_path / "docchat.db")
    with closing(Database.open(db.url)) as older:
        with pytest.raises(FileError, match="older"):
            refuse_old(older, mark)
        advance(older, mark, accept=True)
        refuse_old(older, mark)


def test_fault_B3_another_database_in_its_place_is_refused(db, tmp_path):
    mark = tmp_path / "ledger.mark"
    advance(db, mark)
    with closing(Database.open(f"sqlite:///{tmp_path / 'other.db'}")) as other:
        refuse_old(other, mark)
        with other.write() as c:
            subscribers.add_subscribers(c, [reader(1)])
            meta.instance(c)
        with pytest.raises(FileError, match="another database"):
            refuse_old(other, mark)


def test_fault_B8_a_move_to_a_server_is_counted_summed_and_numbered_on(db, pg_url):
    with closing(Database.open(pg_url)) as server:
        tried = move_over(db, server, dry_run=True)
        with server.read() as c:
            assert subscribers.counts(c) == {}
        assert move_over(db, server) == tried
        found = {one.table: one.rows for one in tried}
        assert (found["subscribers"], found["deliveries"], found["editions"]) == (20, 40, 2)
        with server.write() as c:
            subscribers.add_subscribers(c, [reader(21)])
            assert subscribers.counts(c) == {"active": 21}
            assert not accounting.accounting_faults(c)
        with pytest.raises(UsageError, match="not empty"):
            move_over(db, server)
        with pytest.raises(UsageError, match="pg_dump"):
            back_up(server, None)
