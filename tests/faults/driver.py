"""Lives of a real site under kills: the real command, a real sink, a seed, and the oracle at the end.

A kill comes at a random moment of one of these kinds: some time after the start, so that publishing and
fan-out are hit; just after the sink reached a stage of its n-th message, so that the critical moments of
sending are hit; or at a failpoint.
"""

from __future__ import annotations

import functools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import docchat_mailer
from docchat_mailer.failpoints import NAMES
from faults.oracle import Judgement, Terms, judge, judge_ledger
from faults.script import Rule, Script
from faults.session import Options
from faults.sink import Sink
from sites import SiteFolder, run_cli

RELAY = """\
transport = "smtp"
unsubscribe_mailto = "leave@docchat.example"
on_uncertain = "{on_uncertain}"

[mail.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}

[output]
live = "written"
"""

DATABASE = """
[database]
url = "{url}"
"""

STAGES = ("mail", "rcpt", "data", "body")
FAILED_SEEDS = Path(__file__).with_name("failed_seeds.json")
"""Seeds that failed once: they run first, for ever."""

LEASE = 30
"""Seconds after which a server's claim runs out."""

ELSEWHERE = {
    "migrate.step",
    "import.row",
    "backup.mid",
    "unsubscribe.before_commit",
    "unsubscribe.before_answer",
}
"""Failpoints that other verbs pass, or a first start alone."""

AGE = 16 * 60 * 1_000_000
"""Microseconds after which what is in doubt is sent once more."""

PATIENCE = 120
"""Seconds a start of the program may take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plot:
    """What a life is made of; *database* is the URL of an empty one, or "" for SQLite in the state folder.

    With *resend* what is in doubt is sent once more, as soon as the program starts again.
    """

    seed: int
    kills: int
    posts: int = 3
    readers: int = 40
    connections: int = 1
    database: str = ""
    resend: bool = False
    options: Options = field(default_factory=Options)


class LifeError(AssertionError):
    """A life ended in a state that must not be; its seed is worth keeping."""


class Watched(Script):
    """A script that also rings a bell at a stage, the n-th time it is reached."""

    def __init__(self) -> None:
        super().__init__()
        self._bell: tuple[str, int, Callable[[], None]] | None = None

    def ring(self, stage: str, nth: int, bell: Callable[[], None]) -> None:
        """Call *bell* when *stage* is reached for the *nth* time from now."""
        self._bell = (stage, nth, bell)

    def silence(self) -> None:
        """Ring no more."""
        self._bell = None

    def at(self, stage: str, connection: int, to: str = "", sender: str = "") -> Rule:
        """What the rules say, and the bell."""
        bell = self._bell
        if bell is not None and bell[0] == stage:
            self._bell = (stage, bell[1] - 1, bell[2]) if bell[1] > 1 else None
            if bell[1] == 1:
                bell[2]()
        return super().at(stage, connection, to, sender)


def a_site(folder: Path, sink: Sink, plot: Plot) -> SiteFolder:
    """Posts that are all due, people to get them, and the sink as the relay."""
    site = SiteFolder(folder)
    with site.config.open("a", encoding="utf-8") as config:
        chosen = "resend" if plot.resend else "hold"
        config.write(RELAY.format(port=sink.port, connections=plot.connections, on_uncertain=chosen))
        if plot.database:
            config.write(DATABASE.format(url=plot.database))
    due = datetime.now(UTC) - timedelta(minutes=5)
    for number in range(1, plot.posts + 1):
        moment = (due + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        site.post(f"post-{number}", f"Post {number}", moment, body="Some words.\n\n" * 20)
    rows = [f"reader-{number}@{number % 7}.example.org" for number in range(plot.readers)]
    (folder / "readers.csv").write_text(
        "email,follows\n" + "".join(f"{row},\n" for row in rows), encoding="ascii"
    )
    run_cli("subscribers", "import", "readers.csv", cwd=folder)
    return site


@dataclass
class Life:
    """One site, killed and started again."""

    site: SiteFolder
    sink: Sink
    script: Watched
    log: Path
    plot: Plot
    chance: random.Random
    killed: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def database(self) -> str | Path:
        """The ledger."""
        return self.plot.database or self.site.root / "state" / "docchat.db"

    def start(self, **environment: str) -> subprocess.Popen:
        """The real command."""
        if self.plot.resend:
            age_doubts(self.database)
        return subprocess.Popen(
            [sys.executable, "-m", "docchat_mailer.cli", "run", "--once"],
            cwd=self.site.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def kill_once(self) -> bool:
        """Start it and kill it at some moment; False if it came to its end before that."""
        kind = self.chance.choices(["time", "stage", "failpoint"], [2, 6, 4])[0]
        orders = self._orders() if kind == "failpoint" else {}
        process = self.start(**orders)
        timer = threading.Timer(self.chance.uniform(0.1, 2), process.kill) if kind == "time" else None
        self._aim(process, at_once=kind == "stage")
        if timer:
            timer.start()
        _, said = process.communicate(timeout=PATIENCE)
        self.script.silence()
        if timer:
            timer.cancel()
        killed = process.returncode == -signal.SIGKILL
        self.killed += killed
        self.said.append(f"{kind} {orders.get('DOCCHAT_FAILPOINT', '')} {process.returncode} {said}")
        if not killed and process.returncode:
            raise AssertionError(f"seed {self.plot.seed}: exit {process.returncode}: {said}")
        return killed

    def _orders(self) -> dict[str, str]:
        name, hit = self.chance.choice(called_failpoints()), self.chance.randint(1, 6)
        return {"DOCCHAT_TESTING": "1", "DOCCHAT_FAILPOINT": f"{name}:{hit}:kill"}

    def _aim(self, process: subprocess.Popen, *, at_once: bool) -> None:
        """Have the kill come at a stage, up to a few milliseconds later.

        Not *at_once* it is the fallback of another kind of kill, and comes after all that one may hit.
        """
        left = self.plot.posts * self.plot.readers - len(self.sink.messages)
        share = max(1, left // (self.plot.kills - self.killed + 1))
        pause = self.chance.choice([0, 0, self.chance.uniform(0, 0.004)])

        def bell() -> None:
            time.sleep(pause)
            process.kill()

        nth = self.chance.randint(1, 2 * share) if at_once else 2 * share
        self.script.ring(self.chance.choice(STAGES), nth, bell)

    def finish(self) -> None:
        """Start it until it has nothing left to do.

        On a server a claim that was killed before its journal was begun is free only when its lease ran out.
        """
        for attempt in range(5):
            if attempt > 1 and self.plot.database:
                time.sleep(LEASE / 2)
            with self.start() as process:
                _, said = process.communicate(timeout=PATIENCE)
            self.said.append(f"finish {process.returncode} {said}")
            assert process.returncode == 0, f"seed {self.plot.seed}: {said}"
            status = json.loads(run_cli("status", "--json", cwd=self.site.root).stdout)
            assert status["faults"] == [], status["faults"]
            settled = not (self.plot.resend and doubts(self.database))
            if settled and not judge(self.log, self.database, self.terms()).faults:
                return

    def terms(self, *, finished: bool = True) -> Terms:
        """What is allowed after so many kills."""
        return Terms(kills=self.killed, connections=self.plot.connections, finished=finished)


def age_doubts(database: str | Path) -> None:
    """Have a while gone by since anything came to be in doubt."""
    for statement in (
        f"UPDATE batches SET doubtful_at = doubtful_at - {AGE} WHERE doubtful_at IS NOT NULL",
        f"UPDATE deliveries SET changed_at = changed_at - {AGE} WHERE state = 'uncertain'",
    ):
        _said(database, statement)


def doubts(database: str | Path) -> list[tuple[Any, ...]]:
    """Rows in doubt that were not sent once more yet."""
    return _said(
        database,
        """
        SELECT d.edition_id, d.subscriber_id FROM deliveries d LEFT JOIN resends r
        ON r.edition_id = d.edition_id AND r.subscriber_id = d.subscriber_id AND r.occasion = d.occasion
        WHERE d.state = 'uncertain' AND r.at IS NULL
        """,
    )


def _said(database: str | Path, statement: str) -> list[tuple[Any, ...]]:
    """What a database without the program says to a *statement*; nothing, before there is one."""
    if isinstance(database, Path):
        if not database.exists():
            return []
        with closing(sqlite3.connect(database, timeout=30)) as db, db:
            return db.execute(statement).fetchall()
    import psycopg  # noqa: PLC0415 -- needed for PostgreSQL alone

    with psycopg.connect(database.replace("+psycopg", "")) as server:
        found = server.execute(statement)
        return found.fetchall() if found.description else []


def live(folder: Path, plot: Plot) -> tuple[Life, Judgement]:
    """Live one life to its end, and judge it; the database alone is judged after each kill.

    Raises LifeError, naming the seed, for a state that must not be, and AssertionError where the program fails.
    """
    script, log = Watched(), folder / "sink.jsonl"
    with Sink(script, plot.options, log=log) as sink:
        life = Life(
            site=a_site(folder / "site", sink, plot),
            sink=sink,
            script=script,
            log=log,
            plot=plot,
            chance=random.Random(plot.seed),
        )
        while life.killed < plot.kills and life.kill_once():
            faults = judge_ledger(life.database)
            if faults:
                raise LifeError(f"seed {plot.seed}, kill {life.killed}: {faults}")
        life.finish()
        found = judge(log, life.database, life.terms(), public=life.site.root / "public")
        found.faults += [f"wire: {what}" for what in sink.violations]
        if len(found.rows) == 0 or sum(found.rows.values()) != plot.posts * plot.readers:
            found.faults.append(f"audience: {found.rows} of {plot.posts} times {plot.readers}")
    if found.faults:
        raise LifeError(f"seed {plot.seed}, {life.killed} kills: {found.faults}\n" + "\n".join(life.said))
    return life, found


@functools.cache
def called_failpoints() -> list[str]:
    """The names of failpoints that a start of ``run`` may pass."""
    root = Path(docchat_mailer.__file__).parent
    files = [file for file in root.rglob("*.py") if file.name != "failpoints.py"]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    called = {name for name in NAMES if f'("{name}")' in source}
    return sorted(called - ELSEWHERE)


def seeds_first(*fresh: int) -> list[int]:
    """Seeds that failed before, then fresh ones."""
    failed = json.loads(FAILED_SEEDS.read_text(encoding="ascii")) if FAILED_SEEDS.exists() else []
    return [*failed, *(seed for seed in fresh if seed not in failed)]


def remember_failure(seed: int) -> None:
    """Have *seed* run first from now on."""
    FAILED_SEEDS.write_text(json.dumps(sorted({*seeds_first(), seed})), encoding="ascii")
