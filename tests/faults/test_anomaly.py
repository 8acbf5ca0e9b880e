"""One small mailing, with a fault at its first operation, at its second, and so on until none is reached.

Two posts, seven readers, one of them unknown to the relay, two connections, windows of three.
After each fault the program is started again, clean, until it has nothing left to do; then the oracle judges.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.oracle import Judgement, Terms, judge
from faults.script import Rule
from faults.sink import Sink
from sites import SiteFolder

RELAY = """\
transport = "smtp"
unsubscribe_mailto = "leave@docchat.example"
window = 3

[mail.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
connections = 2

[output]
live = "written"
"""
READERS = tuple(f"{name}@example.org" for name in ("anna", "ben", "chika", "dana", "emil", "fay"))
UNKNOWN = "nobody@example.org"
BOUNCE = Rule(at="rcpt", to=UNKNOWN, reply="550 5.1.1 who?")
DUE = "2027-03-01T12:00"
LATER = ("2027-03-01T12:10", "2027-03-01T14:00", "2027-03-01T20:00", "2027-03-02T08:00")
OURS = frozenset({0, -9, 65, 69, 73, 74, 75, 77, 78})
"""Exit codes a run may have; 1 would be a traceback."""

REPLIES = {
    "gone": lambda n: Rule(at="any", nth=n, close="before"),
    "421": lambda n: Rule(at="any", nth=n, reply="421 4.3.2 shutting down", close="after"),
    "451": lambda n: Rule(at="any", nth=n, reply="451 4.3.0 later"),
    "garbage": lambda n: Rule(at="any", nth=n, raw="\0\xffwhat\r\n"),
    "surplus": lambda n: Rule(at="any", nth=n, more="250 2.0.0 once more"),
}


@dataclass(frozen=True)
class Point:
    """A fault: the *n*-th operation of a kind, in a mode."""

    kind: str
    mode: str
    n: int


class Runs:
    """The process that forks runs of the program."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("forking.py")
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, config: Path, at: str, point: Point | None = None) -> dict:
        """One run; what became of it."""
        fault = {"kind": point.kind, "mode": point.mode, "n": point.n} if point else {"kind": ""}
        self._process.stdin.write(json.dumps({"config": str(config), "at": at, **fault}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """Stop it."""
        self._process.communicate()


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    process = Runs()
    yield process
    process.end()


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """The site as it is before its first run."""
    site = SiteFolder(tmp_path_factory.mktemp("anomaly") / "site")
    site.post("one", "Post 1", "2027-03-01T11:00:00+00:00")
    site.post("two", "Post 2", "2027-03-01T11:30:00+00:00")
    site.subscribe(*READERS, UNKNOWN)
    return site.root


@contextmanager
def scene(template: Path, folder: Path, *rules: Rule) -> Iterator[tuple[Path, Sink, Path]]:
    """A fresh copy of the site, and a sink with rules."""
    shutil.rmtree(folder, ignore_errors=True)
    site, log = folder / "site", folder / "sink.jsonl"
    shutil.copytree(template, site)
    with Sink([*rules, BOUNCE], log=log) as sink:
        with (site / "config.toml").open("a", encoding="utf-8") as config:
            config.write(RELAY.format(port=sink.port))
        yield site, sink, log


def survive(runs: Runs, template: Path, folder: Path, point: Point) -> bool:
    """Live through a fault and its aftermath; False if the fault was never reached."""
    rules = [REPLIES[point.mode](point.n)] if point.kind == "reply" else []
    with scene(template, folder, *rules) as (site, sink, log):
        hurt = runs.run(site / "config.toml", DUE, None if rules else point)
        reached = bool(sink.script.obeyed.get(0)) if rules else hurt["reached"] >= point.n
        assert hurt["code"] in OURS, f"{point}: {hurt}"
        assert "Traceback" not in hurt["said"], f"{point}: {hurt}"
        after, found = recovered(runs, site, log)
    told = f"{point}: {found}\n" + "\n".join(str(run) for run in (hurt, *after))
    assert {run["code"] for run in after} == {0}, told
    assert found.faults == [], told
    assert sum(found.rows.values()) == 2 * (len(READERS) + 1), told
    return reached


def recovered(runs: Runs, site: Path, log: Path) -> tuple[list[dict], Judgement]:
    """Start it, later and later, until all is well, and then once more: that one changes nothing."""
    after, found = [], None
    for at in LATER:
        well = found is not None and not found.faults
        after.append(runs.run(site / "config.toml", at))
        found = judge(log, site / "state/docchat.db", Terms(kills=1, connections=2), public=site / "public")
        if well:
            break
    return after, found


MODES = [
    *(("reply", mode) for mode in REPLIES),
    *(("database", mode) for mode in ("fails", "dies", "lost")),
    *(("file", mode) for mode in ("fails", "dies")),
    *(("connect", mode) for mode in ("fails", "dies")),
]

FEW = {"reply": 17, "database": 120, "file": 30, "connect": 2}
"""One fault of each kind, in the midst of it all; the long test has them all."""


def test_without_a_fault_all_get_their_letters(runs, template, tmp_path):
    with scene(template, tmp_path / "life") as (site, sink, log):
        assert runs.run(site / "config.toml", DUE) == {"code": 0, "reached": 0, "said": ""}
        found = judge(log, site / "state/docchat.db", Terms(), public=site / "public")
    assert found.faults == []
    assert len(sink.messages) == 2 * len(READERS)
    assert sink.violations == []


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_a_fault_of_each_kind_ends_well(runs, template, tmp_path, kind, mode):
    assert survive(runs, template, tmp_path / "life", Point(kind, mode, FEW[kind]))


@pytest.mark.long
@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_every_fault_of_each_kind_ends_well(runs, template, tmp_path, kind, mode):
    n = 1
    while survive(runs, template, tmp_path / "life", Point(kind, mode, n)):
        n += 1
    assert n > FEW[kind]
