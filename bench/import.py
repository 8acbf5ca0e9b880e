"""How fast readers come in, beside ``csv.reader`` and bare inserts into the same tables, in the same round.

Each measurement is a process of its own with a database of its own::

    python bench/import.py --rows 1000000 --rounds 1
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
BATCH = 5000
HOSTS = ("example.org", "gmail.com", "example.net", "outlook.com", "example.com")
GATE = 0.3


def write(file: Path, rows: int) -> None:
    """A file of readers in no order."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.write("email,name,follows\n")
        for number in range(rows):
            shuffled = number * 7919 % rows
            stream.write(f"reader{shuffled}@{HOSTS[shuffled % 5]},Reader {shuffled},*\n")


def ours(url: str, file: Path) -> None:
    """The use case itself."""
    from docchat_mailer.readers.importing import import_csv
    from docchat_mailer.store.database import Database

    db = Database.open(url)
    with file.open("rb") as stream:
        report = import_csv(
            db, stream, key=b"k" * 32, now=NOW, token_ids=lambda: secrets.token_hex(8), rejects=None
        )
    if report.added != report.read:
        raise SystemExit(f"{report.added} of {report.read} were added")


def bare(url: str, file: Path) -> None:
    """The same rows into the same tables, with nothing looked at."""
    from docchat_mailer.store.database import Database

    Database.open(url).close()
    from docchat_mailer.store.dialect import sqlite_module

    db = sqlite_module().connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        db.execute(f"PRAGMA {pragma}").close()
    at = int(NOW.timestamp() * 1_000_000)
    number = 0
    with file.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        for batch in batches(rows):
            people = [
                (number + n, row[0], row[0], row[1], "active", secrets.token_hex(8), secrets.token_hex(32),
                 at, row[0].partition("@")[2], "other")
                for n, row in enumerate(batch, 1)
            ]  # fmt: skip
            number += len(people)
            db.execute("BEGIN IMMEDIATE")
            db.executemany(
                "INSERT INTO subscribers (id, address, address_key, name, state, token_id, address_hash, "
                "created_at, domain, destination) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                people,
            )
            db.executemany(
                "INSERT INTO subscriptions (subscriber_id, scope, key) VALUES (?, 'site', '')",
                [(person[0],) for person in people],
            )
            db.executemany(
                "INSERT INTO consents (subscriber_id, event, at, source, wording) "
                "VALUES (?, 'imported', ?, 'a file', 'agreed')",
                [(person[0], at) for person in people],
            )
            db.execute("COMMIT")


def batches(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    """The rows, some thousand at a time."""
    while batch := list(islice(rows, BATCH)):
        yield batch


def measured(case: str, url: str, file: Path, rows: int) -> None:
    """Run one case in this process, and print what it took."""
    began, used = time.perf_counter(), time.process_time()
    {"ours": ours, "bare": bare}[case](url, file)
    took, used = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rate": rows / took, "processor": rows / used, "peak": peak}))


def run(case: str, folder: Path, file: Path, rows: int) -> dict[str, float]:
    """One case in a process of its own."""
    database = folder / f"{case}.db"
    for left in folder.glob(f"{case}.db*"):
        left.unlink()
    words = [sys.executable, __file__, "--case", case, "--url", f"sqlite:///{database}"]
    words += ["--file", str(file), "--rows", str(rows)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure in rounds, and print a row of a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--case")
    parser.add_argument("--url")
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    if asked.case:
        measured(asked.case, asked.url, asked.file, asked.rows)
        return
    print("| rows | load | bare | ours | of bare | ours, a processor second | peak |")
    print("|---|---|---|---|---|---|---|")
    worst = 1.0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        file = folder / "readers.csv"
        write(file, asked.rows)
        for _ in range(asked.rounds):
            reference, found = (run(case, folder, file, asked.rows) for case in ("bare", "ours"))
            share = found["rate"] / reference["rate"]
            worst = min(worst, share)
            print(
                f"| {asked.rows:,} | {os.getloadavg()[0]:.1f} | {reference['rate']:,.0f}/s "
                f"| {found['rate']:,.0f}/s | {share:.2f} | {found['processor']:,.0f}/s "
                f"| {found['peak']:.0f} MB |"
            )
    if worst < GATE:
        raise SystemExit(f"{worst:.2f} of bare inserts; {GATE} is wanted")


if __name__ == "__main__":
    main()
