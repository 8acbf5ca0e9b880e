"""The real program on a real socket: one address, loopback alone, live, and an end that is clean."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from docchat_mailer.errors import UsageError
from docchat_mailer.preview.serving import serve

PART = "part=massage/01-benefits.md"


@contextmanager
def running(site, *arguments):
    command = [sys.executable, "-m", "docchat_mailer.cli", "preview", *arguments]
    with subprocess.Popen(command, cwd=site.root, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, re.search(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())[0]
        finally:
            process.kill()


@pytest.fixture
def blog(site):
    site.series()
    site.part(1, "Benefits", body="The first words.")
    return site


def read(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_while_a_browser_listens(blog, number):
    with running(blog) as (process, address):
        news = urllib.request.urlopen(f"{address}news", timeout=10)
        assert news.readline() == b"retry: 500\n"
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""
        news.close()


def test_a_save_is_told_and_shown(blog):
    with running(blog) as (_, address):
        news = urllib.request.urlopen(f"{address}news", timeout=10)
        [news.readline() for _ in range(3)]
        assert "The first words." in read(f"{address}frame?{PART}")
        assert re.fullmatch(rb"data: \d+\n", news.readline())  # the first look of the watch itself
        news.readline()
        blog.part(1, "Benefits", body="Other words.")
        assert re.fullmatch(rb"data: \d+\n", news.readline())
        assert "Other words." in read(f"{address}frame?{PART}")
        news.close()


def test_a_save_by_renaming_and_a_fault_in_the_settings_are_followed(blog):
    with running(blog) as (process, address):
        good = blog.config.read_text()
        for text, told in ((good + "[nothing]\n", True), (good, False), (good + "x = 1\n", True)):
            other = blog.root / "config.toml.new"
            other.write_text(text)
            other.rename(blog.config)
            until(lambda told=told: ("alert" in read(f"{address}envelope?{PART}")) is told)
        assert process.poll() is None


def test_it_listens_on_this_machine_alone(blog):
    with running(blog, "--port", "0") as (_, address):
        port = int(address.rstrip("/").rpartition(":")[2])
        with pytest.raises(urllib.error.HTTPError, match="421"):
            urllib.request.urlopen(
                urllib.request.Request(address, headers={"Host": "example.org"}), timeout=10
            )
        with socket.socket() as other, pytest.raises(ConnectionRefusedError):
            other.connect(("127.0.0.2", port))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_another_address_than_loopback_is_refused(host):
    with pytest.raises(UsageError, match="cannot listen"):
        serve(lambda: None, port=0, ready=print, host=host)


def test_a_port_that_is_taken_is_told(blog):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} cannot be used"):
            serve(lambda: None, port=port, ready=print)


def test_settings_that_are_broken_from_the_start_are_an_error_of_the_settings(blog):
    blog.config.write_text("x = 1\n")
    command = [sys.executable, "-m", "docchat_mailer.cli", "preview"]
    done = subprocess.run(command, cwd=blog.root, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 78
    assert "config.toml:1: unknown key 'x'" in done.stderr


def test_nothing_is_written(blog):
    before = sorted(str(file.relative_to(blog.root)) for file in blog.root.rglob("*"))
    with running(blog) as (_, address):
        for path in ("", "contents", f"frame?{PART}", f"frame?{PART}&view=page", f"findings?{PART}"):
            read(f"{address}{path}")
    assert sorted(str(file.relative_to(blog.root)) for file in blog.root.rglob("*")) == before


def test_a_folder_that_goes_and_comes_back_is_watched_again(blog):
    with running(blog) as (process, address):
        text = (blog.posts / "massage/series.toml").read_text(encoding="utf-8")
        shutil.rmtree(blog.posts)
        until(lambda: "no post yet" in read(f"{address}contents"))
        (blog.posts / "massage").mkdir(parents=True)
        (blog.posts / "massage/series.toml").write_text(text, encoding="utf-8")
        blog.part(1, "Benefits", body="Back again.")
        until(lambda: "Back again." in read(f"{address}frame?{PART}"))
        blog.part(1, "Benefits", body="And watched.")
        until(lambda: "And watched." in read(f"{address}frame?{PART}"))
        assert process.poll() is None


def until(true):
    """Ask again and again, for ten seconds at most."""
    ends = time.monotonic() + 10
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)
