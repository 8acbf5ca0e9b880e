"""The database server goes away while a worker sends: it comes back by itself, and nobody gets a letter twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes

import pytest

from relays import Relay
from sites import SiteFolder, call_cli

READERS = 60
CONFIG = """\
transport = "smtp"
unsubscribe_mailto = "leave@docchat.example"
window = 10
[mail.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
connections = 2
rate = "40/s"
[output]
live = "written"
[database]
url = "{url}"
"""


@pytest.fixture
def lone():
    import postgres  # noqa: PLC0415 - few tests need one

    with postgres.lone_server() as server:
        yield server


def until(true: Callable[[], bool], process: subprocess.Popen, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert process.poll() is None, process.returncode
        assert time.monotonic() < end
        time.sleep(0.02)


def test_fault_B5_server_that_restarts_under_a_worker_costs_no_letter_and_doubles_none(tmp_path, lone):
    with Relay() as relay:
        site = SiteFolder(tmp_path / "site")
        url = lone.database("restarted")
        site.config.write_text(site.config.read_text() + CONFIG.format(port=relay.port, url=url))
        site.series(start="2020-03-17T09:00:00")
        site.part(1, "Benefits")
        site.subscribe(*(f"reader{n}@example.org" for n in range(READERS)), instant="2020-03-01")
        said = tmp_path / "said"
        command = [
            sys.executable,
            "-m",
            "docchat_mailer.cli",
            "run",
            "--catch-up",
            "all",
            "--log-format",
            "json",
        ]
        with said.open("w") as out:
            process = subprocess.Popen(command, cwd=site.root, stderr=out)
        try:
            until(lambda: len(relay.bodies) >= 12, process)
            lone.stop()
            until(lambda: "database_away" in said.read_text(), process)
            lone.start()
            until(lambda: len(relay.bodies) >= READERS, process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, said.read_text()
            assert "database_back" in said.read_text()
        finally:
            process.kill()
        status = json.loads(call_cli("status", "--json", cwd=site.root).stdout)
    got = Counter(message_from_bytes(body)["To"] for body in relay.bodies)
    assert (len(got), set(got.values())) == (READERS, {1})
    assert {state: n for state, n in status["deliveries"].items() if n} == {"accepted": READERS}
    assert status["faults"] == []
