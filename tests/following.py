"""Somebody who does what a document says, line by line, in a folder of their own.

Commands of the program run in this process, those of a shell in a real one.  What a test cannot do stands
in :data:`INSTEAD`, with the reason and with what is done in its place; anything else that is not known is
an error, and nothing is passed over.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from finding_mail_way import Zone

from docchat_mailer.app import diagnosis, online_diagnosis
from docchat_mailer.config import load_config
from documents import ROOT, Block
from sites import call_cli

SHELL = {"awk", "createdb", "createuser", "git", "install", "mkdir", "printf", "test"}
"""Programs that are run as they stand: they touch the folder and nothing else."""


@dataclass
class Follower:
    """Where they are, and what they have.

    *has* are files the document takes for granted, written when a command names one.  *relays* are the
    ports of relays on this machine by how they are secured; they stand in for a document's example hosts.
    *database* is the URL of a server's database, where the page is about one.  *zone* is what the DNS says,
    and *unit* what the page's service is.
    """

    folder: Path
    has: Mapping[str, str] = field(default_factory=dict)
    relays: dict[str, int] = field(default_factory=dict)
    database: str = ""
    zone: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    password: str = "a password"
    unit: str = ""

    def follow(self, block: Block) -> None:
        """Do what a block says: its commands, its settings, the file it shows."""
        if block.language == "toml":
            self._write_toml(block.text)
        if block.language == "ini":
            self.unit = block.text
        if block.language == "yaml" and block.text.startswith("---"):
            part = self.folder / "posts/therapeutic-massage/01-benefits.md"
            part.write_text(f"{block.text}\nWords.\n", encoding="utf-8")
        for place, command in block.commands():
            self.do(command, place)

    def do(self, command: str, place: str) -> None:
        """Run a line of a shell; raises AssertionError with *place* where it fails or is not known."""
        for piece in command.split(" && "):
            words = shlex.split(piece, comments=True)
            if not words:
                continue
            self._bring(words)
            try:
                self._run(piece, words)
            except AssertionError as exc:
                raise AssertionError(f"{place}: {piece}\n{exc}") from exc

    def _run(self, piece: str, words: list[str]) -> None:
        for row in INSTEAD:
            if re.fullmatch(row.command, shlex.join(words)):
                row.act(self, words)
                return
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            assert self.folder.is_dir(), "there is no such folder"
        elif words[0] == "docchat-mailer" and "|" not in words:
            self.program(words[1:])
        else:
            assert words[0] in SHELL, "not known: say in tests/following.py how a test runs it"
            self.shell(piece)

    def program(self, words: list[str]) -> str:
        """The program in this process; ``>`` writes what it printed, which is returned too."""
        words = [os.path.expanduser(os.path.expandvars(word)) for word in words]  # noqa: PTH111
        words, target = (words[:-2], words[-1]) if words[-2:-1] == [">"] else (words, None)
        out = call_cli(*words, cwd=self.folder).stdout
        if target is not None:
            (self.folder / target).write_text(out, encoding="utf-8")
        return out

    def shell(self, text: str) -> None:
        """A line of bash."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def process(self, *words: str, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """The program in a process of its own, with nobody to look at a browser."""
        return subprocess.Popen(
            [sys.executable, "-m", "docchat_mailer.cli", *words],
            cwd=self.folder,
            env={**os.environ, "BROWSER": "true"},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _bring(self, words: list[str]) -> None:
        for word in words:
            if word in self.has and not (self.folder / word).exists():
                (self.folder / word).write_text(self.has[word], encoding="utf-8")

    def _write_toml(self, text: str) -> None:
        given = tomllib.loads(text)
        if "cadence" in given:
            series = self.folder / "posts/therapeutic-massage/series.toml"
            series.write_text(text, encoding="utf-8")
            return
        config = self.folder / "config.toml"
        settings = tomllib.loads(config.read_text(encoding="utf-8"))
        for path, given_here in _tables(given):
            table, here = settings, {}
            for name in path:
                table = table.setdefault(name, {})
            if path == ("mail", "smtp") and self.relays:
                table.clear()
                here = {"host": "localhost", "port": self.relays[given_here["security"]]}
            if path == ("database",) and self.database:
                here = {"url": self.database}
            table.update(given_here | here)
        config.write_text(_toml(settings), encoding="utf-8")
        load_config(config)


def _tables(
    given: Mapping[str, Any], path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every table with its plain values."""
    plain = {key: value for key, value in given.items() if not isinstance(value, dict)}
    inner = [(key, value) for key, value in given.items() if isinstance(value, dict)]
    return [(path, plain), *(row for key, value in inner for row in _tables(value, (*path, key)))]


def _toml(settings: Mapping[str, Any]) -> str:
    """Settings as TOML; their texts, numbers and lists are written the same in JSON."""
    return "\n".join(
        "\n".join(
            ([f"[{'.'.join(path)}]"] if path else [])
            + [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
        )
        for path, table in _tables(settings)
    )


def _start_and_stop(person: Follower, words: list[str]) -> None:
    """One tick that is seen to end, then the worker itself, until it holds its lock."""
    person.program([*words[1:], "--once"])
    lock, worker = person.folder / "state/instance.lock", person.process(*words[1:])
    try:
        _until(
            lambda: worker.poll() is not None or lock.read_text(encoding="ascii").strip() == str(worker.pid)
        )
        worker.send_signal(signal.SIGTERM)
        said = worker.communicate(timeout=30)[1]
    finally:
        worker.kill()
    assert worker.returncode == 0, said


def _watch_it(person: Follower, words: list[str]) -> None:
    """The first look, and Ctrl-C."""
    watching = person.process(*words[1:], stdout=subprocess.PIPE)
    try:
        seen = watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        said = watching.communicate(timeout=30)[1]
    finally:
        watching.kill()
    assert (watching.returncode, bool(seen)) == (130, True), said


def _start_the_service(person: Follower, _words: list[str]) -> None:
    """What the unit of the page would start."""
    started = re.search(r"^ExecStart=\S+/(docchat-mailer .*)$", person.unit, flags=re.MULTILINE)
    assert started is not None, "the page shows no unit"
    _start_and_stop(person, started[1].split())


def _knock(person: Follower, words: list[str]) -> None:
    """The door on a free port: it answers, and SIGTERM ends it."""
    port = words.index("--port") if "--port" in words else len(words)
    door = person.process(*words[1:port], *words[port + 2 :], "--port", "0")
    try:
        said = door.stderr.readline()
        while not said.startswith("http://127.0.0.1:"):
            assert said, door.stderr.read()
            said = door.stderr.readline()
        with urlopen(f"{said.split()[0]}healthz", timeout=30) as page:
            assert page.status == 200
        door.send_signal(signal.SIGTERM)
        said = door.communicate(timeout=60)[1]
    finally:
        door.kill()
    assert door.returncode == 0, said


def _handed(person: Follower, words: list[str]) -> None:
    """The program in a process of its own, with a file as its input."""
    command = [sys.executable, "-m", "docchat_mailer.cli", *words[1:-2]]
    with (person.folder / words[-1]).open("rb") as given:
        done = subprocess.run(
            command, cwd=person.folder, stdin=given, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr


def _look_at_it(person: Follower, words: list[str]) -> None:
    """The preview on a free port: its page answers, and Ctrl-C ends it."""
    port = words.index("--port") if "--port" in words else len(words)
    mirror = person.process(*words[1:port], *words[port + 2 :], "--port", "0")
    try:
        said = mirror.stderr.readline()
        assert said.startswith("http://127.0.0.1:"), said + mirror.stderr.read()
        with urlopen(said.split()[0], timeout=30) as page:
            assert page.status == 200
        mirror.send_signal(signal.SIGINT)
        said = mirror.communicate(timeout=30)[1]
    finally:
        mirror.kill()
    assert mirror.returncode in {0, 130}, said


def _ask_around(person: Follower, _words: list[str]) -> None:
    """The same questions: to a relay on this machine, and to a zone in memory."""
    config = person.folder / "config.toml"
    found = [*diagnosis(config), *online_diagnosis(config, Zone(person.zone))]
    said = [str(one) for one in found if one.severity != "note"]
    assert not said, said


def _told_how_many(person: Follower, words: list[str]) -> None:
    """The program is asked how many it would reach, and told so."""
    asking = words[1 : words.index("--yes")] if "--yes" in words else words[1:]
    asked = call_cli(*asking, cwd=person.folder, check=False)
    count = re.search(r"--yes --count \d+", asked.stderr)
    assert count is not None, asked.stderr
    person.program([*asking, *count[0].split()])


def _its_edition(person: Follower, words: list[str]) -> None:
    """The edition of the part that the reference is about."""
    looked = call_cli("cancel", "therapeutic-massage/2", "--dry-run", cwd=person.folder).stderr
    edition = re.search(r"edition (\d+)", looked)
    assert edition is not None, looked
    words = [*words[:2], edition[1], *words[3:]]
    if "--count" in words:
        _told_how_many(person, words)
    else:
        person.program(words[1:])


def _make(person: Follower, words: list[str]) -> None:
    """What the target would run is asked; of that, the program's own lines are run, where the sample is."""
    asked = subprocess.run(
        ["make", "--no-print-directory", "-n", *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    for line in asked.stdout.splitlines():
        if line.startswith(".venv/bin/docchat-mailer "):
            for name in ("config.toml", "posts", "email_templates"):
                with suppress(NotADirectoryError):
                    shutil.copytree(ROOT / name, person.folder / name, dirs_exist_ok=True)
                    continue
                shutil.copy(ROOT / name, person.folder / name)
            person.program(shlex.split(line)[1:])


@dataclass(frozen=True)
class Row:
    """A command, as a pattern of the whole line; why a test cannot run it; what it does instead."""

    command: str
    why: str
    act: Callable[[Follower, list[str]], None]


INSTEAD = (
    Row(r"docchat-mailer run", "goes on until it is told to stop", _start_and_stop),
    Row(r"docchat-mailer status --watch.*", "goes on until Ctrl-C", _watch_it),
    Row(r"docchat-mailer (serve|up).*", "goes on until it is told to stop", _knock),
    Row(r"docchat-mailer .* '?<'? \S+", "reads what a shell would hand to it", _handed),
    Row(r"docchat-mailer preview.*", "goes on until Ctrl-C, at a port that may be taken", _look_at_it),
    Row(r"docchat-mailer \w+ \d+( .*)?", "names an edition by a number of its own", _its_edition),
    Row(r"docchat-mailer doctor --online.*", "asks the DNS of a domain that is an example", _ask_around),
    Row(
        r"docchat-mailer (publish \S+ --now|cancel \S+)( --yes.*)?",
        "wants a number that only the reader knows",
        _told_how_many,
    ),
    Row(
        r"docchat-mailer db to-postgres .*",
        "asks a server that is an example",
        lambda person, _words: person.program(["db", "to-postgres", "--help"]) and None,
    ),
    Row(r"sudo systemctl .*", "needs a service manager, and to be root", _start_the_service),
    Row(r"make .*", "installs packages, or runs the tests that this is one of", _make),
    Row(
        r"\. \.venv/bin/activate",
        "changes the shell it is typed into; the program is here already",
        lambda person, _words: person.program(["version"]) and None,
    ),
    Row(
        r"nano \S+",
        "waits for a person who types",
        lambda person, words: (
            (person.folder / words[1]).write_text(f"{person.password}\n", encoding="utf-8") and None
        ),
    ),
    Row(
        r"pip install .*",
        "fetches packages; the program is here already",
        lambda person, _words: person.program(["version"]) and None,
    ),
    Row(
        r"gh pr comment .* --body-file plan.txt",
        "speaks to a forge; what it would post has to be there",
        lambda person, _words: person.shell("test -s plan.txt"),
    ),
)


def _until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)
