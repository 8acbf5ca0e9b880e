"""``run`` shows how far a mailing is: bars on a terminal, lines of the log elsewhere."""

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from docchat_mailer import log
from docchat_mailer.cli import under_way as shown_module
from docchat_mailer.cli.under_way import shown
from docchat_mailer.cli.watched import told
from docchat_mailer.delivery.progress import under_way
from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store.database import Database
from docchat_mailer.store.schema import deliveries
from ledgers import NOW, fanned_out
from relays import Relay
from sites import SiteFolder

UTC = ZoneInfo("UTC")


@pytest.fixture
def db(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield database
    database.close()


def astray(db: Database) -> None:
    """Of the letters of an edition one is deferred, two are refused."""
    with db.write() as c:
        c.execute(update(deliveries).where(deliveries.c.subscriber_id == 1).values(attempts=1))
        c.execute(
            update(deliveries)
            .where(deliveries.c.subscriber_id.in_((2, 3)))
            .values(state=DeliveryState.REJECTED, changed_at=NOW)
        )


def test_what_is_deferred_and_refused_is_counted_for_each_edition(db):
    fanned_out(db, readers=10, parts=2)
    astray(db)
    seen = under_way(db, NOW + timedelta(seconds=4), most=5)
    assert [(each.part, each.deferred, each.rejected, each.done) for each in seen] == [
        ("massage/1", 1, 2, 2),
        ("massage/2", 1, 2, 2),
    ]
    assert told(seen[0], NOW, UTC) == (
        "massage/1 release (edition 1): 2/10, 1 deferred, 2 rejected, 0.5/s, last mail about 09:00"
    )
    assert [each.edition for each in under_way(db, NOW, most=1)] == [2]


def test_elsewhere_than_on_a_terminal_each_mailing_is_a_line_of_the_log(db, capsys, monkeypatch):
    fanned_out(db, readers=10)
    astray(db)
    monkeypatch.setattr(shown_module, "TELL", 0.01)
    log.configure(as_json=True)
    said = ""
    with shown(db, lambda: NOW, UTC):
        while '"mailing"' not in said:
            said += capsys.readouterr().err
    assert '"deferred": 1, "rejected": 2' in said
    assert '"done": 2, "total": 10' in said


def test_a_look_that_fails_is_told_and_stops_nothing(tmp_path, capsys, monkeypatch):
    db = Database.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    db.close()
    (tmp_path / "ledger.db").write_bytes(b"no database " * 1000)
    monkeypatch.setattr(shown_module, "TELL", 0.01)
    log.configure(as_json=True)
    said = ""
    with shown(db, lambda: NOW, UTC):
        while said.count("progress_unknown") < 2:
            said += capsys.readouterr().err
    db.close()


def test_on_a_terminal_a_bar_is_drawn_and_nothing_is_left_of_it(tmp_path):
    with Relay() as relay:
        site = SiteFolder(tmp_path / "site")
        site.config.write_text(
            site.config.read_text()
            + 'transport = "smtp"\nunsubscribe_mailto = "leave@docchat.example"\n'
            + f'[mail.smtp]\nhost = "127.0.0.1"\nport = {relay.port}\nsecurity = "none"\nrate = "2/s"\n'
            + '[output]\nlive = "written"\n'
        )
        site.series(start="2020-03-17T09:00:00")
        site.part(1, "Benefits")
        site.subscribe(*(f"reader{number}@example.org" for number in range(200)), instant="2020-03-01")
        drawn = run_on_a_terminal(site)
    assert b"massage/1 release (edition 1): " in drawn
    assert b"last mail about" in drawn
    assert drawn.rfind(b"\x1b[?25h") > drawn.rfind(b"\x1b[?25l")
    assert b"accepted, 0 deferred" in drawn


def run_on_a_terminal(site: SiteFolder) -> bytes:
    """What ``run`` writes to a terminal until it has drawn three times and is asked to stop."""
    mine, theirs = pty.openpty()
    command = [sys.executable, "-m", "docchat_mailer.cli", "run", "--catch-up", "all"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    process = subprocess.Popen(command, cwd=site.root, stderr=theirs, env=environment)
    os.close(theirs)
    drawn = b""
    while drawn.count(b"last mail about") < 3:
        drawn += os.read(mine, 4096)
    process.send_signal(signal.SIGTERM)
    with suppress(OSError):  # the other end is closed
        while piece := os.read(mine, 4096):
            drawn += piece
    os.close(mine)
    assert process.wait(60) == 0, drawn
    return drawn
