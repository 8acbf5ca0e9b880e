"""``status --watch``: a line for each look, a picture on a terminal, and a clean end."""

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from sites import SiteFolder, call_cli


@pytest.fixture
def under_way(tmp_path) -> SiteFolder:
    """A mailing that is fanned out and not sent."""
    site = SiteFolder(tmp_path / "site")
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org", "ben@example.org")
    with site.at("2027-03-16T08:00:00") as (app, clock):
        from docchat_mailer.delivery.fan_out import fan_out_due  # noqa: PLC0415
        from docchat_mailer.publishing.round import publish_due  # noqa: PLC0415

        publish_due(app.press, clock.now())
        fan_out_due(app.db, clock.now())
    return site


def watching(site: SiteFolder, *arguments: str, stdout=subprocess.PIPE) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "docchat_mailer.cli", "status", "--watch", "--every", "1s", *arguments],
        cwd=site.root,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
    )


def ended(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == ""


def test_elsewhere_than_on_a_terminal_each_look_is_a_line(under_way):
    process = watching(under_way)
    for _ in range(2):
        assert (
            process.stdout.readline()
            .rstrip()
            .endswith("  massage/1 release (edition 1): 0/2, 0.0/s, nothing moves")
        )
    ended(process)


def test_for_programs_each_look_is_an_object(under_way):
    process = watching(under_way, "--json")
    told = json.loads(process.stdout.readline())
    assert (told["schema"], told["edition"], told["done"], told["total"], told["ends_at"]) == (
        "progress/1",
        1,
        0,
        2,
        None,
    )
    ended(process)


def test_on_a_terminal_the_whole_status_is_drawn_and_the_cursor_given_back(under_way):
    mine, theirs = pty.openpty()
    process = watching(under_way, stdout=theirs)
    os.close(theirs)
    drawn = b""
    while drawn.count(b"2 candidates = 2 pending") < 2:
        drawn += os.read(mine, 4096)
    process.send_signal(signal.SIGINT)
    with suppress(OSError):  # the other end is closed
        while piece := os.read(mine, 4096):
            drawn += piece
    os.close(mine)
    assert process.wait(60) == 130
    assert process.stderr.read().strip() == ""
    process.stderr.close()
    assert b"massage/1 release (edition 1): 0/2" in drawn
    assert drawn.rindex(b"\x1b[?25h") > drawn.rindex(b"\x1b[?25l")


def test_a_site_at_rest_says_so(tmp_path):
    site = SiteFolder(tmp_path / "site")
    process = watching(site)
    assert process.stdout.readline().rstrip().endswith("  nothing is being mailed")
    ended(process)


@pytest.mark.parametrize("arguments", [["--check"], ["--every", "0s"], ["--every", "often"]])
def test_what_cannot_be_watched_is_told(tmp_path, arguments):
    site = SiteFolder(tmp_path / "site")
    done = call_cli("status", "--watch", *arguments, "--config", site.config, cwd=site.root, check=False)
    assert done.returncode == 2
    assert done.stderr
