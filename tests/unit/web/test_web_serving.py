"""The real program: an address, an end that is clean, and two processes that live and end together."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from docchat_mailer.cli.up import supervise
from docchat_mailer.errors import UsageError
from docchat_mailer.web.serving import bound
from doors import with_door

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


@pytest.fixture
def blog(site):
    with_door(site)
    site.post("about", "About", "2026-03-16T08:30:00+01:00")
    site.tick("2026-03-01")
    site.tick("2026-03-16T10:00")
    return site


@contextmanager
def running(site, verb):
    command = [sys.executable, "-m", "docchat_mailer.cli", verb, "--port", "0"]
    with subprocess.Popen(command, cwd=site.root, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, address_of(process)
        finally:
            process.kill()


def address_of(process) -> str:
    """The address that it says it answers at."""
    while line := process.stderr.readline():
        if found := ADDRESS.search(line):
            return found[0]
    raise AssertionError("it ended")


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as exc:
        exc.close()
        return exc.code


def children_of(process) -> list[int]:
    told = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    return [int(number) for number in told.split()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_where_it_answers_and_a_signal_ends_it(blog, number):
    with running(blog, "serve") as (process, address):
        assert [status(address + path) for path in ("p/about/", "healthz", "nothing")] == [200, 200, 404]
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_serve_tells_a_port_that_is_taken(blog):
    with bound("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with (
            pytest.raises(UsageError, match=f"127.0.0.1:{port} cannot be listened on"),
            bound("127.0.0.1", port),
        ):
            pass
        command = [sys.executable, "-m", "docchat_mailer.cli", "serve", "--port", str(port)]
        done = subprocess.run(command, cwd=blog.root, capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, f"127.0.0.1:{port} cannot be listened on" in done.stderr) == (2, True)


def test_serve_writes_nothing_and_says_nothing_of_what_is_no_http(blog):
    before = blog.public_bytes()
    with running(blog, "serve") as (process, address):
        port = int(address.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as other:
            other.sendall(b"\x16\x03\x01 what is this\r\n\r\n")
            assert other.recv(1000).startswith(b"HTTP/1.1 400")
        for path in ("", "p/about/", "feed.xml", "subscribe", "u/x"):
            status(address + path)
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
    assert blog.public_bytes() == before


def test_up_runs_both_and_a_signal_ends_both(blog):
    with running(blog, "up") as (process, address):
        assert status(address + "p/about/") == 200
        both = children_of(process)
        assert len(both) == 2
        process.terminate()
        assert process.wait(40) == 0
        assert not [number for number in both if is_there(number)]


def test_up_ends_both_when_one_of_them_dies_and_says_how(blog):
    with running(blog, "up") as (process, address):
        assert status(address + "healthz") == 200
        worker, door = children_of(process)
        os.kill(door, signal.SIGKILL)
        assert process.wait(40) == 128 + signal.SIGKILL
        assert "serve ended; the rest is ended too" in process.stderr.read()
        assert not is_there(worker)


def is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_up_tells_of_one_that_ends_at_once(capsys):
    assert supervise([["--help"], ["check", "--nonsense"]], []) in {2, 75}
    assert "the rest is ended too" in capsys.readouterr().err


def test_up_is_ended_by_one_that_does_not_start(blog):
    blog.config.write_text(blog.config.read_text() + "nonsense = 1\n")
    command = [sys.executable, "-m", "docchat_mailer.cli", "up", "--port", "0"]
    done = subprocess.run(command, cwd=blog.root, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "unknown key" in done.stderr) == (78, True)
