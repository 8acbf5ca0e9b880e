"""What the machine does to a run: a full disk, a locked database, a pause, a clock that jumps."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest

from faults.small_scene import DUE, READERS, Point, scene

SENDING = (
    *("claim.after", "window.after_commit", "wire.before_journal", "wire.after_journal"),
    *("reply.before_journal", "reply.after_journal", "settle.before_commit", "settle.after_commit"),
)


@pytest.mark.parametrize(
    ("action", "name"), [*(("enospc", name) for name in SENDING), ("eio", "reply.before_journal")]
)
def test_fault_A11_an_error_of_the_disk_while_sending_loses_nothing(runs, template, tmp_path, name, action):
    point = Point("failpoint", action, 2, name)
    with scene(runs, template, tmp_path / "life") as hurt:
        ended = hurt.run(point=point)
        assert ended["code"] == 74, ended
        hurt.recover(point, window=1)


@pytest.mark.parametrize("name", ["plan.before_commit", "feed.before_rename", "feed.after_rename"])
def test_fault_A11_an_error_of_the_disk_before_sending_loses_nothing(runs, template, tmp_path, name):
    point = Point("failpoint", "enospc", 1, name)
    with scene(runs, template, tmp_path / "life") as hurt:
        hurt.run(point=point)
        assert hurt.sink.messages == [] or name != "plan.before_commit"
        hurt.recover(point)


@contextmanager
def locked(database, seconds: float):
    """Another program has the database's write lock for a while."""
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(seconds, lambda: other.execute("ROLLBACK"))
        release.start()
        yield
        release.join()


def test_fault_B1_a_lock_of_a_second_is_waited_for(runs, template, tmp_path):
    with scene(runs, template, tmp_path / "life") as busy:
        with locked(busy.site / "state/docchat.db", 1):
            assert busy.run()["code"] == 0
        assert busy.judge().faults == []


@pytest.mark.long
def test_fault_B1_a_lock_of_a_minute_ends_the_run_and_loses_nothing(runs, template, tmp_path):
    with scene(runs, template, tmp_path / "life") as busy:
        with locked(busy.site / "state/docchat.db", 30):
            ended = busy.run()
        assert ended["code"] == 75, ended
        busy.recover(Point("locked", "", 0))


@pytest.mark.parametrize("name", ["window.after_commit", "wire.after_journal", "reply.before_journal"])
def test_fault_A15_a_short_pause_does_no_harm(runs, template, tmp_path, name):
    with scene(runs, template, tmp_path / "life") as paused:
        before = time.monotonic()
        ended = paused.run(point=Point("failpoint", "stop=0.5", 1, name))
        assert time.monotonic() - before >= 0.5
        assert (ended["code"], paused.judge().faults) == (0, [])


@pytest.mark.long
@pytest.mark.parametrize("name", ["window.after_commit", "wire.before_journal", "reply.before_journal"])
def test_fault_A15_who_was_paused_beyond_the_lease_sends_nothing_more(runs, template, tmp_path, name):
    point = Point("failpoint", "stop=40", 1, name)
    with scene(runs, template, tmp_path / "life") as paused:
        paused.run(point=point)
        paused.recover(point)


@pytest.mark.parametrize(
    "then", ["2027-03-01T10:30", "2026-03-01T12:00", "2027-03-01T14:00", "2028-03-01T12:00"]
)
def test_fault_C1_a_clock_that_jumps_in_the_midst_sends_nothing_twice(runs, template, tmp_path, then):
    point = Point("failpoint", "kill", 3, "reply.after_journal")
    with scene(runs, template, tmp_path / "life") as jumped:
        assert jumped.run(DUE, point)["code"] == -9
        assert jumped.run(then)["code"] == 0
        found = jumped.recover(point)
    assert found.rows == {"accepted": 2 * len(READERS), "rejected": 2} or found.rows.get("uncertain", 0) <= 2
