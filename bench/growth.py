"""How the work grows: sites of many sizes, made from a seed, built, changed and planned, beside Pelican.

Every measurement runs in a process of its own, so that time is the whole process and memory is its peak.
Nothing here passes or fails; the table goes to ``bench/README.md``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

NOW = "2027-01-01T00:00:00+00:00"
WORDS = [
    "massage",
    "pain",
    "back",
    "sleep",
    "calm",
    "muscle",
    "warm",
    "hands",
    "breath",
    "slow",
    "gentle",
    "study",
    "people",
    "often",
    "feel",
    "better",
    "week",
    "rest",
    "body",
    "stress",
    "help",
    "shoulder",
    "neck",
    "light",
    "evening",
    "habit",
    "water",
    "walk",
]
SETTINGS = """\
[site]
title = "Growth"
base_url = "https://growth.example"
postal_address = "1 Example Street"

[mail]
from = "Growth <letters@growth.example>"
"""
SERIES = """\
title = "Series {n}"
start = 2027-03-01T09:00:00

[cadence]
every = "week"
on = ["tue"]
at = "09:00"
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one process took: seconds of wall time, MB of memory at its peak, and what it says it did."""

    seconds: float
    megabytes: int
    did: int


# -- what is measured: each runs alone, in a process of its own -------------------------------------------


def adopt_and_build(site: Path) -> int:
    """Adopt everything, and build pages and feeds for the first time; files written."""
    from docchat_mailer.app import open_app
    from docchat_mailer.publishing.adopting import adopt
    from docchat_mailer.publishing.round import prepare, rebuild

    now = datetime.fromisoformat(NOW)
    with open_app(site / "config.toml") as app:
        desk, _ = prepare(app.press, now)
        adopt(desk, now)
        return len(rebuild(app.press, now, lambda _done, _total: None).written)


def build(site: Path) -> int:
    """Take in edits and build what they changed; files rendered."""
    from docchat_mailer.app import open_app
    from docchat_mailer.publishing.round import publish_due

    with open_app(site / "config.toml") as app:
        return publish_due(app.press, datetime.fromisoformat(NOW)).build.rendered


def rebuild(site: Path) -> int:
    """`build` on a site that is up to date; files rendered."""
    from docchat_mailer.app import open_app
    from docchat_mailer.publishing.round import rebuild as build_again

    with open_app(site / "config.toml") as app:
        return build_again(app.press, datetime.fromisoformat(NOW), lambda _done, _total: None).rendered


def plan(site: Path) -> int:
    """A year's plan; steps."""
    from docchat_mailer.app import open_app
    from docchat_mailer.publishing.agenda import agenda
    from docchat_mailer.publishing.round import look

    now = datetime.fromisoformat(NOW)
    with open_app(site / "config.toml", create=False) as app:
        return len(agenda(look(app.press, now), now, now + timedelta(days=366)).items)


def remember(site: Path) -> int:
    """The first tick of a site on which nothing is due: posts are read and remembered."""
    return build(site)


def tick(site: Path) -> int:
    """One whole tick on which nothing is due, in microseconds: the best of five, the start not counted."""
    from docchat_mailer.app import open_app
    from docchat_mailer.worker.ticking import tick as one_tick

    with open_app(site / "config.toml") as app:
        one_tick(app.crew)
        return min(_microseconds(lambda: one_tick(app.crew)) for _ in range(5))


def ring(site: Path) -> int:
    """One ring of the running worker's clock while nothing has changed, in microseconds."""
    from docchat_mailer.app import open_app
    from docchat_mailer.worker.ticking import tick as one_tick
    from docchat_mailer.worker.watch import Watch

    with open_app(site / "config.toml") as app:
        watch, now = Watch(app.crew), app.clock.now()
        sight = watch.sight()
        watch.looked(sight, one_tick(app.crew).round.desk, now)
        return min(_microseconds(lambda: watch.holds(watch.sight(), now)) for _ in range(5))


def _microseconds(work: Callable[[], object]) -> int:
    started = time.perf_counter()
    work()
    return round((time.perf_counter() - started) * 1e6)


def subscribe(site: Path, count: int = 1_000_000) -> int:
    """Add a great many subscribers."""
    from docchat_mailer.app import open_app
    from docchat_mailer.model.subscriber import Address, Follow, Scope, SubscriberState
    from docchat_mailer.store.subscribers import NewSubscriber, add_subscribers

    def person(n: int) -> NewSubscriber:
        return NewSubscriber(
            address=Address(local=f"reader{n}", domain="example.org"),
            name="",
            token_id=f"{n:022}",
            follows=(Follow(Scope.SITE),),
            state=SubscriberState.ACTIVE,
            at=datetime(2026, 1, 1, tzinfo=UTC),
            address_hash=f"{n:064x}",
        )

    with open_app(site / "config.toml") as app:
        for start in range(0, count, 20_000):
            with app.db.write() as c:
                add_subscribers(c, [person(n) for n in range(start, min(start + 20_000, count))])
    return count


def pelican(site: Path) -> int:
    """The same posts through Pelican, with Atom feeds for the site and every tag; files written."""
    settings = site / "pelicanconf.py"
    settings.write_text(
        "SITENAME = 'Growth'\nSITEURL = 'https://growth.example'\nTIMEZONE = 'UTC'\nDEFAULT_LANG = 'en'\n"
        "FEED_ALL_ATOM = 'feeds/all.atom.xml'\nTAG_FEED_ATOM = 'feeds/{slug}.atom.xml'\n"
        "DEFAULT_PAGINATION = 20\nCACHE_CONTENT = False\n"
        "PAGINATION_PATTERNS = ((1, '{url}', '{save_as}'), "
        "(2, '{base_name}/page/{number}/', '{base_name}/page/{number}/index.html'))\n",
        encoding="utf-8",
    )
    content, out = site / "pelican", site / "output"
    content.mkdir(exist_ok=True)
    for post in (site / "posts").glob("*.md"):
        _, front, body = post.read_text(encoding="utf-8").split("---\n", 2)
        facts = front.replace("[", "").replace("]", "")
        (content / post.name).write_text(f"{facts}\n{body.lstrip()}", encoding="utf-8")
    arguments = [sys.executable, "-m", "pelican", str(content), "-o", str(out), "-s", str(settings), "-q"]
    subprocess.run(arguments, check=True)
    if not any(out.glob("post-*.html")):
        sys.exit("pelican took none of the posts")
    return sum(len(names) for _, _, names in os.walk(out))


MEASURES: dict[str, Callable[[Path], int]] = {
    measure.__name__: measure
    for measure in (adopt_and_build, build, rebuild, plan, remember, tick, ring, subscribe, pelican)
}

# -- corpora ----------------------------------------------------------------------------------------------


def write_posts(site: Path, count: int, seed: int) -> None:
    """*count* posts of 800 words, a day apart, each with 4 of 40 tags."""
    chance = random.Random(seed)
    (site / "posts").mkdir(parents=True)
    (site / "config.toml").write_text(SETTINGS, encoding="utf-8")
    for n in range(count):
        day = date(1999, 1, 1) + timedelta(days=n)
        tags = ", ".join(f"topic {tag}" for tag in sorted(chance.sample(range(40), 4)))
        text = "\n\n".join(_paragraph(chance) for _ in range(8))
        front = f"title: Post number {n}\ndate: {day}\ntags: [{tags}]"
        file = site / "posts" / f"post-{n:05}.md"
        file.write_text(f"---\n{front}\n---\n\n{text}\n", encoding="utf-8")


def write_series(site: Path, count: int, parts: int) -> None:
    """*count* series of *parts* parts that all lie ahead."""
    (site / "posts").mkdir(parents=True)
    (site / "config.toml").write_text(SETTINGS, encoding="utf-8")
    for n in range(count):
        folder = site / "posts" / f"series-{n:04}"
        folder.mkdir()
        (folder / "series.toml").write_text(SERIES.format(n=n), encoding="utf-8")
        for part in range(1, parts + 1):
            text = f"---\ntitle: Part {part} of {n}\n---\n\nSome words.\n"
            (folder / f"{part:02}-part-{part}.md").write_text(text, encoding="utf-8")


def change_one(site: Path) -> None:
    """Edit the newest post."""
    newest = max((site / "posts").glob("*.md"))
    newest.write_text(newest.read_text(encoding="utf-8") + "\nOne more sentence.\n", encoding="utf-8")


def _paragraph(chance: random.Random) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(100)).capitalize() + "."


# -- measuring --------------------------------------------------------------------------------------------


def cost(measure: str, site: Path) -> Cost:
    """Run one measure in a process of its own."""
    print(f"{measure} {site.name}", file=sys.stderr)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--measure", measure, str(site)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds = time.perf_counter() - started
    said = json.loads(done.stdout.splitlines()[-1])
    return Cost(seconds=seconds, megabytes=said["kilobytes"] // 1024, did=said["did"])


def measure_here(measure: str, site: Path) -> None:
    """Run a measure in this process, and say what it did and its peak memory, children included."""
    import gc
    import resource

    from docchat_mailer.cli.__main__ import GARBAGE

    gc.set_threshold(GARBAGE)  # as the program itself does when it starts
    did = MEASURES[measure](site)
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    print(json.dumps({"did": did, "kilobytes": max(resource.getrusage(each).ru_maxrss for each in who)}))


def rows(folder: Path, posts: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """What was measured, how it compares, and the figures."""
    smaller: Cost | None = None
    full = Cost(seconds=0, megabytes=0, did=0)
    for count in (posts // 8, posts // 4, posts // 2, posts):
        site = folder / f"posts-{count}"
        write_posts(site, count, seed)
        full = cost("adopt_and_build", site)
        grown = f"{full.seconds / smaller.seconds:.2f} of half as many" if smaller else ""
        yield f"adopt and build {count:,} posts", grown, f"{_told(full)}, {full.did:,} files"
        smaller = full
    yield from _rebuilt(folder / f"posts-{posts}", full)
    yield from _beside_pelican(folder / f"posts-{posts}", full)
    yield from _idle(folder / f"posts-{posts}")
    series = folder / "series-1000"
    write_series(series, 1000, 20)
    cost("remember", series)
    planned = cost("plan", series)
    yield "plan 1,000 series of 20 parts", "", f"{_told(planned)}, {planned.did:,} steps"


def _rebuilt(site: Path, full: Cost) -> Iterator[tuple[str, str, str]]:
    same = cost("rebuild", site)
    yield "build, nothing changed", _share(same, full), f"{_told(same)}, {same.did:,} rendered"
    change_one(site)
    one = cost("build", site)
    yield "build, one post changed", _share(one, full), f"{_told(one)}, {one.did:,} rendered"


def _beside_pelican(site: Path, full: Cost) -> Iterator[tuple[str, str, str]]:
    if importlib.util.find_spec("pelican") is None:
        return
    other = cost("pelican", site)
    yield "the same posts through Pelican", _share(full, other), f"{_told(other)}, {other.did:,} files"


def _idle(site: Path) -> Iterator[tuple[str, str, str]]:
    ringing = cost("ring", site)
    yield "a ring of the worker while nothing has changed", "", f"{ringing.did / 1000:.1f} ms"
    few = cost("tick", site)
    cost("subscribe", site)
    many = cost("tick", site)
    yield "a tick with nothing due, no subscriber", "", f"{few.did / 1000:.0f} ms"
    ratio = f"{many.did / few.did:.2f} of none"
    yield "a tick with nothing due, 1,000,000 subscribers", ratio, f"{many.did / 1000:.0f} ms"


def _told(cost: Cost) -> str:
    return f"{cost.seconds:.1f} s, {cost.megabytes} MB"


def _share(one: Cost, of: Cost) -> str:
    return f"{one.seconds / of.seconds:.3f}"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000, help="posts of the largest site")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--measure", nargs=2, metavar=("NAME", "SITE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure_here(chosen.measure[0], Path(chosen.measure[1]))
        return
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| What | Ratio | Measured |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder), chosen.posts, chosen.seed):
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
