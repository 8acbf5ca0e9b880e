"""The real worker, killed at random moments and started again: nothing is lost and nothing happens twice."""

from __future__ import annotations

import fcntl
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sites import SiteFolder, run_cli

POSTS = 6
PEOPLE = ("anna@example.org", "ben@example.org", "chika@example.org")


def a_site_with_work(folder: Path) -> SiteFolder:
    """Posts that are all due now, and people to get them."""
    site = SiteFolder(folder)
    due = datetime.now(UTC) - timedelta(minutes=2)
    for number in range(POSTS):
        moment = (due + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        site.post(f"post-{number}", f"Post {number}", moment, body="Some words.\n\n" * 40)
    site.subscribe(*PEOPLE, instant=due.strftime("%Y-%m-%dT%H:%M:%S"))
    return site


def kill_once(site: SiteFolder, after: float) -> None:
    """Start the worker and kill it *after* seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "docchat_mailer.cli", "run"],
        cwd=site.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ.copy(),
    )
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)


def judge(site: SiteFolder, kills: int) -> None:
    """Compare database, pages, feeds, identity file and outbox with one another."""
    connection = sqlite3.connect(f"file:{site.root / 'state/docchat.db'}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        published = dict(connection.execute("SELECT entry_id, path FROM publications").fetchall())
        states = dict(connection.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall())
        accepted = connection.execute(
            "SELECT edition_id, subscriber_id FROM deliveries WHERE state = 'accepted'"
        ).fetchall()
    finally:
        connection.close()
    assert len(published) == POSTS
    for feed in ("atom.xml", "feed.xml"):
        assert sorted(re.findall(r">(tag:[^<]*/1)<", site.read(feed))) == sorted(published)
    assert {item["id"] for item in json.loads(site.read("feed.json"))["items"]} == set(published)
    for path in published.values():
        assert (site.root / "public" / path.strip("/") / "index.html").is_file()
    named = [line.split("\t")[0] for line in (site.posts / "ids.txt").read_text().splitlines()[1:]]
    assert sorted(named) == sorted(published)
    assert sum(states.values()) == POSTS * len(PEOPLE)
    assert states.get("pending", 0) == states.get("sending", 0) == 0
    assert states.get("uncertain", 0) <= kills
    names = {file.name for file in (site.root / "outbox").glob("*.eml")}
    assert {f"{edition:06}-{reader:08}.eml" for edition, reader in accepted} <= names
    assert len(names) <= POSTS * len(PEOPLE)
    assert not list((site.root / "public").rglob("*.tmp"))


def live_through(folder: Path, kills: int, chance: random.Random) -> None:
    site = a_site_with_work(folder)
    for _ in range(kills):
        kill_once(site, chance.uniform(0.5, 3.0))
    run_cli("run", "--once", cwd=site.root)
    judge(site, kills)
    status = json.loads(run_cli("status", "--json", cwd=site.root).stdout)
    assert status["faults"] == []


def test_fault_A1_six_kills_lose_and_repeat_nothing(tmp_path):
    live_through(tmp_path / "site", 6, random.Random(1))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_fault_A1_two_hundred_kills_lose_and_repeat_nothing(tmp_path, seed):
    live_through(tmp_path / "site", 10, random.Random(1000 + seed))


def wait_until_it_works(site, process) -> None:
    """Until it holds the instance lock: by then it hears signals."""
    while process.poll() is None:
        with suppress(FileNotFoundError), (site.root / "state/instance.lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        time.sleep(0.05)


def test_fault_A8_sigterm_ends_cleanly_and_the_next_start_goes_on(tmp_path):
    site = a_site_with_work(tmp_path / "site")
    process = subprocess.Popen(
        [sys.executable, "-m", "docchat_mailer.cli", "run"],
        cwd=site.root,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until_it_works(site, process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    run_cli("run", "--once", cwd=site.root)
    judge(site, 0)


def test_fault_A14_a_second_worker_does_not_work_while_the_first_does(tmp_path):
    site = a_site_with_work(tmp_path / "site")
    first = subprocess.Popen(
        [sys.executable, "-m", "docchat_mailer.cli", "run"],
        cwd=site.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while not (site.root / "state/instance.lock").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        second = run_cli("run", "--once", cwd=site.root, check=False)
        assert second.returncode == 75, second.stderr
        assert "another process works on this site" in second.stderr
    finally:
        first.send_signal(signal.SIGTERM)
        first.wait(timeout=60)
    run_cli("run", "--once", cwd=site.root)
    judge(site, 0)
