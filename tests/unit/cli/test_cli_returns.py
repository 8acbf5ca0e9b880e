"""``bounces ingest`` and ``list``, ``suppress``: taken in, looked at, taken back."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys

import pytest

from docchat_mailer.dsn.verp import return_path
from docchat_mailer.store import accounting
from returned_mail import block, dsn
from sites import SiteFolder, call_cli

NASTY = "550 5.1.1 user unknown \x1b[2J\x07<script>alert(1)</script>\x00"


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> SiteFolder:
    folder = SiteFolder(tmp_path_factory.mktemp("returned") / "site")
    folder.series(start="2026-03-17T09:00:00")
    folder.part(1, "Benefits")
    folder.subscribe("anna@example.org", instant="2026-03-17T07:00")
    folder.tick("2026-03-17T08:00:01")
    return folder


@pytest.fixture
def site(published, tmp_path) -> SiteFolder:
    return published.copied_to(tmp_path / "site")


def report(site: SiteFolder, said: str = "550 5.1.1 user unknown", *, status: str = "5.1.1") -> bytes:
    with site.at("2026-03-18") as (app, _), app.db.read() as c:
        [line] = accounting.lines(c)
        path = return_path(app.key, line.id, "bounces.example.org")
    text = dsn(block("anna@example.org", status=status, said=said))
    return text.replace(b"bounce+abc234@bounces.example.org", path.encode())


def piped(site: SiteFolder, message: bytes, *more: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "docchat_mailer.cli", "bounces", "ingest", "-", *more]
    return subprocess.run(
        command, cwd=site.root, input=message, capture_output=True, timeout=100, check=False, env=os.environ
    )


def mailbox(site: SiteFolder, *messages: bytes) -> str:
    new = site.root / "returned" / "new"
    new.mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(messages):
        (new / str(number)).write_bytes(message)
    return "returned"


def barred(site: SiteFolder) -> list[dict]:
    return json.loads(call_cli("suppress", "list", "--json", cwd=site.root).stdout)["suppressions"]


def test_a_pipe_takes_a_message_in(site):
    done = piped(site, report(site), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["messages"], told["bounces"], told["barred"], told["unread"]) == (1, 1, 1, 0)
    [one] = barred(site)
    assert (one["reason"], one["source"], one["detail"]) == (
        "hard bounce",
        "bounces",
        "550 5.1.1 user unknown",
    )


def test_fault_F5_a_pipe_asks_for_another_try_whatever_is_wrong(site):
    message = report(site)
    site.config.write_text("nonsense", encoding="utf-8")
    done = piped(site, message)
    assert done.returncode == 75
    assert b"is not taken in" in done.stderr


def test_fault_B1_a_pipe_that_finds_the_database_busy_asks_for_another_try(site):
    message = report(site)
    with sqlite3.connect(site.root / "state" / "docchat.db", isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert piped(site, message).returncode == 75
        holder.execute("ROLLBACK")
    assert barred(site) == []
    assert piped(site, message).returncode == 0
    assert len(barred(site)) == 1


def test_a_dry_run_leaves_the_mailbox_as_it_is(site):
    folder = mailbox(site, report(site))
    said = call_cli("bounces", "ingest", "--maildir", folder, "-n", cwd=site.root).stderr
    assert "1 readers get nothing more" in said
    assert barred(site) == []
    assert [file.name for file in (site.root / "returned" / "new").iterdir()] == ["0"]


def test_threat_T4_what_a_server_says_moves_no_terminal(site):
    call_cli("bounces", "ingest", "--maildir", mailbox(site, report(site, NASTY)), cwd=site.root)
    for arguments in (("bounces", "list"), ("suppress", "list")):
        said = call_cli(*arguments, cwd=site.root).stdout
        assert said.replace("\n", "").isprintable()
    [one] = json.loads(call_cli("bounces", "list", "--json", cwd=site.root).stdout)["bounces"]
    assert (one["kind"], one["counts"], one["source"]) == ("hard", True, "maildir")
    assert "user unknown" in one["diagnostic"]


def test_two_sources_at_once_are_refused(site):
    done = call_cli("bounces", "ingest", "--imap", "--maildir", mailbox(site), cwd=site.root, check=False)
    assert done.returncode == 2


def test_who_is_let_in_again_starts_anew(site):
    folder = mailbox(site, report(site))
    call_cli("bounces", "ingest", "--maildir", folder, cwd=site.root)
    call_cli("suppress", "remove", "anna@example.org", cwd=site.root)
    assert barred(site) == []
    mailbox(site, report(site, "452 4.2.2 mailbox full", status="4.2.2"))
    call_cli("bounces", "ingest", "--maildir", folder, cwd=site.root)
    assert barred(site) == []
    gone = call_cli("suppress", "remove", "anna@example.org", cwd=site.root, check=False)
    assert gone.returncode == 2


def test_a_window_is_undone_after_its_number_was_told(site):
    call_cli("bounces", "ingest", "--maildir", mailbox(site, report(site)), cwd=site.root)
    call_cli("suppress", "add", "bert@example.org", "--reason", "by telephone", cwd=site.root)
    undo = ("suppress", "undo", "--since", "2026-01-01", "--source", "bounces")
    assert "1 suppressions would be lifted" in call_cli(*undo, "-n", cwd=site.root).stderr
    assert call_cli(*undo, cwd=site.root, check=False).returncode == 2
    assert call_cli(*undo, "--yes", "--count", "7", cwd=site.root, check=False).returncode == 75
    assert len(barred(site)) == 2
    call_cli(*undo, "--yes", "--count", "1", cwd=site.root)
    assert [one["source"] for one in barred(site)] == ["operator"]
    assert "nothing was suppressed" in call_cli(*undo, "--yes", "--count", "1", cwd=site.root).stderr
