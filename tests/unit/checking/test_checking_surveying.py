"""A look at this machine: what is found there, and that nothing is made."""

import fcntl
import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from docchat_mailer.app import diagnosis, open_app
from docchat_mailer.checking import surveying
from docchat_mailer.store.database import Database
from docchat_mailer.store.latest import latest_instant
from docchat_mailer.worker.clocks import VirtualClock
from sites import run_cli

MACHINE_OF_THE_TEST = {"C804", "C805", "C807", "C809", "C812"}
"""What may be true of whatever machine runs this test."""


def codes(site, now=None) -> set[str]:
    clock = VirtualClock(now) if now else None
    return {one.code for one in diagnosis(site.config, clock)} - MACHINE_OF_THE_TEST


@pytest.fixture
def begun(site):
    with open_app(site.config):
        return site


def test_a_site_that_has_not_begun_is_sound_and_stays_as_it_is(site):
    before = sorted(site.root.rglob("*"))
    assert codes(site) == set()
    assert sorted(site.root.rglob("*")) == before


def test_a_site_that_has_begun_is_sound(begun):
    assert codes(begun) == set()


def test_a_database_that_is_none_is_told_and_not_touched(begun):
    file = begun.root / "state/docchat.db"
    file.write_bytes(b"not a database at all, " * 500)
    for beside in (begun.root / "state").glob("docchat.db-*"):
        beside.unlink()
    assert codes(begun) == {"C802"}
    assert file.read_bytes().startswith(b"not a database")


def test_a_key_for_all_to_read_is_told(begun):
    (begun.root / "state/key").chmod(0o644)
    assert codes(begun) == {"C811"}


def test_fault_C1_a_clock_that_went_back_is_told(begun):
    run_cli("subscribers", "add", "reader@example.org", cwd=begun.root)
    assert codes(begun, datetime(2020, 1, 1, tzinfo=UTC)) == {"C810"}


def test_an_empty_database_has_no_last_instant(tmp_path):
    db = Database.open(f"sqlite:///{tmp_path / 'a.db'}")
    with db.read() as c:
        assert latest_instant(c) is None
    db.close()


def test_a_template_at_fault_is_told(site):
    (site.root / "email_templates").mkdir()
    (site.root / "email_templates/release.html").write_text("{{ nowhere }}", encoding="utf-8")
    assert codes(site) == {"C306"}


def test_a_file_where_a_folder_belongs_cannot_be_written_to(site):
    (site.root / "public").write_text("", encoding="utf-8")
    assert codes(site) == {"C801"}


def test_a_lock_names_a_ghost_only_while_it_is_held_by_one_that_is_gone(tmp_path):
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    lock = tmp_path / "instance.lock"
    assert surveying._ghost(lock) is None
    lock.write_bytes(gone.stdout)
    assert surveying._ghost(lock) is None
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert surveying._ghost(lock) == int(gone.stdout)
        lock.write_text("1\n", encoding="ascii")
        assert surveying._ghost(lock) is None


def test_the_file_system_is_that_of_the_deepest_mount(tmp_path):
    mounts = [("/", "ext4"), (str(tmp_path), "ext4"), (str(tmp_path), "nfs4")]
    assert surveying._file_system(tmp_path / "state", [("/", "ext4")]) == "ext4"
    assert surveying._file_system(tmp_path / "state", [*mounts[:1], mounts[2]]) == "nfs4"
    assert surveying._file_system(tmp_path, []) == ""


def test_the_zone_of_the_host_is_read_from_its_link(tmp_path, monkeypatch):
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    monkeypatch.delenv("TZ", raising=False)
    assert surveying._host_zone(link) == "Asia/Tokyo"
    monkeypatch.setenv("TZ", ":Europe/Rome")
    assert surveying._host_zone(link) == "Europe/Rome"


def test_doctor_exits_with_1_for_what_should_be_changed_and_tells_programs(begun):
    (begun.root / "state/key").chmod(0o644)
    done = run_cli("doctor", "--json", cwd=begun.root, check=False)
    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert said["schema"] == "doctor/1"
    assert "C811" in {one["code"] for one in said["findings"]}
    assert said["counts"]["error"] == 1


def test_doctor_tells_faulty_settings(site):
    site.config.write_text("[site]\n", encoding="utf-8")
    done = run_cli("doctor", cwd=site.root, check=False)
    assert done.returncode == 1
    assert "C704" in done.stdout
