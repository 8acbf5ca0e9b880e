"""A small mailing to hurt: two posts, seven readers, one of them unknown to the relay, windows of three.

A run of the program is a fork with a fault at its n-th operation (``forking.py``); afterwards it is started
clean, until it has nothing left to do, and then the oracle judges.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from faults.doubles import DOUBLES
from faults.oracle import Judgement, Terms, judge
from faults.script import Rule
from faults.session import Options
from faults.sink import Sink
from sites import SiteFolder

RELAY = """\
transport = "smtp"
unsubscribe_mailto = "leave@docchat.example"
window = {window}

[mail.smtp]
profile = "{profile}"
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}

[output]
live = "written"
"""
READERS = tuple(f"{name}@example.org" for name in ("anna", "ben", "chika", "dana", "emil", "fay"))
UNKNOWN = "nobody@example.org"
BOUNCE = Rule(at="rcpt", to=UNKNOWN, reply="550 5.1.1 who?")
EDITIONS = 2
CONNECTIONS = 2
WINDOW = 3
DUE = "2027-03-01T12:00"
LATER = ("2027-03-01T12:10", "2027-03-01T14:00", "2027-03-01T20:00", "2027-03-02T08:00")
OURS = frozenset({0, -9, 65, 69, 73, 74, 75, 77, 78})
"""Exit codes a run may have; 1 would be a traceback."""


@dataclass(frozen=True, slots=True)
class Point:
    """A fault: the *n*-th operation of a kind, in a mode; for a failpoint, its *name* and action."""

    kind: str
    mode: str
    n: int
    name: str = ""


class Runs:
    """The process that forks runs of the program."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("forking.py")
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, config: Path, at: str, point: Point | None = None) -> dict:
        """One run; what became of it."""
        fault = asdict(point) if point else {"kind": ""}
        self._process.stdin.write(json.dumps({"config": str(config), "at": at, **fault}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """Stop it."""
        self._process.communicate()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """The site, the sink that is its relay, and the sink's log."""

    site: Path
    sink: Sink
    log: Path
    runs: Runs

    def run(self, at: str = DUE, point: Point | None = None) -> dict:
        """One run, perhaps with a fault; it must end with a code and words of ours."""
        ended = self.runs.run(self.site / "config.toml", at, point)
        assert ended["code"] in OURS, f"{point}: {ended}"
        assert "Traceback" not in ended["said"], f"{point}: {ended}"
        return ended

    def judge(self, **terms: int) -> Judgement:
        """What the oracle says."""
        database = self.site / "state/docchat.db"
        return judge(self.log, database, Terms(**terms), public=self.site / "public")

    def recover(self, point: Point, *, kills: int = 1, window: int = 1) -> Judgement:
        """Start it, later and later, until all is well, and then once more: that one changes nothing."""
        after, found = [], None
        for at in LATER:
            well = found is not None and not found.faults
            after.append(self.run(at))
            found = self.judge(kills=kills, connections=CONNECTIONS, window=window)
            if well:
                break
        told = f"{point}: {found}\n" + "\n".join(map(str, after))
        assert {run["code"] for run in after} == {0}, told
        assert found.faults == [], told
        assert sum(found.rows.values()) == EDITIONS * (len(READERS) + 1), told
        return found


def small_site(folder: Path, *bodies: str) -> Path:
    """The site as it is before its first run; *bodies* are those of its two posts."""
    site = SiteFolder(folder)
    one, two = bodies or ("Some words.", "Some words.")
    site.post("one", "Post 1", "2027-03-01T11:00:00+00:00", body=one)
    site.post("two", "Post 2", "2027-03-01T11:30:00+00:00", body=two)
    site.subscribe(*READERS, UNKNOWN)
    return site.root


@contextmanager
def scene(
    runs: Runs,
    template: Path,
    folder: Path,
    *rules: Rule,
    options: Options | None = None,
    double: str = "plain",
    profile: str = "generic",
) -> Iterator[Scene]:
    """A fresh copy of the site, and a sink with rules, as the double of a relay."""
    shutil.rmtree(folder, ignore_errors=True)
    site, log = folder / "site", folder / "sink.jsonl"
    shutil.copytree(template, site)
    with Sink([*rules, BOUNCE], options, log=log, double=DOUBLES[double]) as sink:
        with (site / "config.toml").open("a", encoding="utf-8") as config:
            config.write(
                RELAY.format(port=sink.port, window=WINDOW, connections=CONNECTIONS, profile=profile)
            )
        yield Scene(site=site, sink=sink, log=log, runs=runs)
