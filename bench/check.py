"""How long ``check`` takes over series that all lie ahead: cold, unchanged, and after one edit.

Each row is the whole program in a process of its own, as a writer runs it.
Nothing here passes or fails; the table goes to ``bench/README.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from growth import SERIES, SETTINGS, WORDS

PARTS = 10
"""Parts of one series."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of ``check``: seconds of wall time, seconds of its processor, and findings."""

    seconds: float
    processor: float
    findings: int


def write_site(site: Path, count: int, seed: int) -> None:
    """*count* parts of 800 words in series of ten, all of them ahead, and a folder to remember in."""
    chance = random.Random(seed)
    (site / "state").mkdir(parents=True)
    (site / "config.toml").write_text(SETTINGS, encoding="utf-8")
    for n in range(count // PARTS):
        folder = site / "posts" / f"series-{n:04}"
        folder.mkdir(parents=True)
        (folder / "series.toml").write_text(SERIES.format(n=n), encoding="utf-8")
        for part in range(1, PARTS + 1):
            text = "\n\n".join(
                " ".join(chance.choice(WORDS) for _ in range(100)).capitalize() + "." for _ in range(8)
            )
            front = f"---\ntitle: Part {part} of {n}\n---\n"
            (folder / f"{part:02}-part-{part}.md").write_text(f"{front}\n{text}\n", encoding="utf-8")


def check(site: Path) -> Run:
    """Run the program once."""
    before, started = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "docchat_mailer.cli", "check", "--json"],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds, after = time.perf_counter() - started, os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(seconds=seconds, processor=processor, findings=len(json.loads(done.stdout)["findings"]))


def edit_one(site: Path) -> None:
    """One more sentence in one part."""
    part = min((site / "posts").glob("*/05-*.md"))
    part.write_text(part.read_text(encoding="utf-8") + "\nOne more sentence.\n", encoding="utf-8")


def rows(site: Path, count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """What was measured, how it compares, and the figures."""
    write_site(site, count, seed)
    cold = check(site)
    yield f"check {count:,} parts for the first time", "", _told(cold)
    same = min((check(site) for _ in range(3)), key=lambda run: run.seconds)
    yield "check, nothing changed (best of three)", _share(same, cold), _told(same)
    edit_one(site)
    one = check(site)
    yield "check, one part changed", _share(one, cold), _told(one)


def _share(run: Run, of: Run) -> str:
    return f"{run.seconds / of.seconds:.3f} of the first"


def _told(run: Run) -> str:
    return f"{run.seconds:.1f} s, {run.processor:.1f} s of processor, {run.findings:,} findings"


def main() -> None:
    """Print the rows as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print("| What | Ratio | Measured |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder) / "site", asked.parts, asked.seed):
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
