"""The door under load while a mailing goes out: what people wait, and whether anybody who left is forgotten.

A site with a door, its readers, the worker and the door as processes of their own, and a fast relay::

    python bench/door.py --readers 100000 --minutes 30

Feeds are polled, people sign up and leave by one click, at a fixed rate whatever the answers take: a question
that begins late because the one before is slow counts from when it should have begun.  Meanwhile slow
connections hang that send nothing, a piece of a head, or a piece of a body, and are made anew when they end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import sink as fast_sink

CONFIG = """\
[site]
title = "Bench"
base_url = "https://bench.example"
timezone = "UTC"
author = "Bench"
postal_address = "1 Example Street"

[mail]
from = "Bench <letters@bench.example>"
transport = "smtp"

[mail.smtp]
host = "127.0.0.1"
port = {port}
security = "none"

[web]
base_url = "https://bench.example"
trusted_proxies = ["127.0.0.1"]

[output]
live = "written"
"""

FEEDS, SIGN_UPS, LEAVES = 40, 4, 4
"""Questions a second."""

PIECES = (
    b"",
    b"GET / HTTP/1.1\r\nHost: x\r\n",
    b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
)


@dataclass
class Seen:
    """What came of one kind of question."""

    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def line(self, name: str) -> str:
        """A row of the table: how many, what they waited, what they got."""
        if len(self.took) < 2:
            return f"| {name} | {len(self.took)} | | | |"
        p95 = statistics.quantiles(self.took, n=20)[-1]
        told = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        values = (statistics.median(self.took), p95, max(self.took))
        waited = " | ".join(f"{1000 * value:.1f} ms" for value in values)
        return f"| {name} | {len(self.took)} | {waited} | {told} |"


def site_of(folder: Path, port: int, readers: int) -> dict[str, str]:
    """A site in *folder* whose part comes out in a moment; returns a way out for each of its readers."""
    from docchat_mailer.app import open_app
    from docchat_mailer.model.tokens import Purpose, make_token

    (folder / "posts").mkdir()
    (folder / "config.toml").write_text(CONFIG.format(port=port), encoding="utf-8")
    soon = datetime.now().astimezone() + timedelta(seconds=10)
    words = "Massage may ease pain in the lower back, and many people sleep better after it.\n\n" * 100
    front = f"---\ntitle: Benefits\ndate: {soon.isoformat(timespec='seconds')}\n---\n\n"
    with (folder / "readers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["email", "name", "follows"])
        writer.writerows([f"reader{n}@example.org", f"Reader {n}", "*"] for n in range(readers))
    program(folder, "build")
    program(folder, "subscribers", "import", "readers.csv")
    with open_app(folder / "config.toml") as app:
        ways = {
            f"/u/{make_token(app.key, Purpose.UNSUBSCRIBE, person.token_id)}": str(person.address)
            for person in everybody(app.db)
        }
    (folder / "posts/benefits.md").write_text(front + words, encoding="utf-8")
    return ways


def everybody(db) -> Iterator:
    """Every subscriber."""
    from docchat_mailer.store import subscribers

    last = 0
    while True:
        with db.read() as c:
            page = subscribers.subscribers(c, after_id=last)
        if not page:
            return
        yield from page
        last = page[-1].id


def program(folder: Path, *arguments: str) -> str:
    """What the program says."""
    command = [sys.executable, "-m", "docchat_mailer.cli", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Path]:
    """The program, until the end of the block; what it says goes to a file."""
    command = [sys.executable, "-m", "docchat_mailer.cli", *arguments, "--log-format", "json"]
    told = folder / f"{arguments[0]}.log"
    with told.open("w") as file, subprocess.Popen(command, cwd=folder, stdout=file, stderr=file) as process:
        try:
            yield told
        finally:
            process.terminate()


def port_of(told: Path) -> int:
    """Where it answers."""
    for _ in range(200):
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/", told.read_text()):
            return int(found[1])
        time.sleep(0.1)
    raise RuntimeError(f"the door did not open: {told.read_text()}")


async def ask(port: int, request: bytes) -> tuple[int, bytes]:
    """One question over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        answer = await reader.read()
    finally:
        writer.close()
    return int(answer.split(b" ", 2)[1]), answer


def head(method: str, path: str, *more: str) -> bytes:
    """The head of a question from some network of the world."""
    origin = ".".join(str(random.randrange(1, 255)) for _ in range(4))
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: bench.example",
        f"X-Forwarded-For: {origin}",
        *more,
        "Connection: close",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def form(path: str, body: str) -> bytes:
    """A form from that network."""
    kind = "Content-Type: application/x-www-form-urlencoded"
    return head("POST", path, kind, f"Content-Length: {len(body)}") + body.encode()


async def steadily(rate: float, seconds: float, once) -> None:
    """Begin *once* so many times a second, whether or not the ones before have ended."""
    begun = time.monotonic()
    tasks = []
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(once(number, due)))
    await asyncio.gather(*tasks)


async def crowd(port: int, count: int, stop: asyncio.Event) -> None:
    """*count* slow connections, each made anew when it is ended."""

    async def one(number: int) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(PIECES[number % 3])
                await reader.read()
                writer.close()

    tasks = [asyncio.create_task(one(number)) for number in range(count)]
    await stop.wait()
    for task in tasks:
        task.cancel()


async def load(
    port: int, seconds: float, ways: dict[str, str], slow: int
) -> tuple[dict[str, Seen], set[str]]:
    """All of it at once; what was seen, and who was told that they have left."""
    seen = {name: Seen() for name in ("a feed that is there already", "a feed anew", "sign-up", "leave")}
    left: set[str] = set()
    tags = [""]
    leaving = random.sample(sorted(ways), min(len(ways), int(LEAVES * seconds)))

    async def measured(name: str, request: bytes, due: float) -> int:
        try:
            status, answer = await ask(port, request)
        except OSError:
            status, answer = 0, b""
        if status == 200 and (tag := re.search(rb'etag: ("\w+")', answer)):
            tags[0] = tag[1].decode()
        seen[name].took.append(time.monotonic() - due)
        seen[name].statuses[status] += 1
        return status

    async def poll(number: int, due: float) -> None:
        fresh = number % 5 == 0
        asked = () if fresh else (f"If-None-Match: {tags[0]}",)
        await measured(
            "a feed anew" if fresh else "a feed that is there already", head("GET", "/feed.xml", *asked), due
        )

    async def sign_up(number: int, due: float) -> None:
        await measured("sign-up", form("/subscribe", f"email=new{number}%40example.net&follows=*"), due)

    async def leave(number: int, due: float) -> None:
        path = leaving[number]
        if await measured("leave", form(path, "List-Unsubscribe=One-Click"), due) == 200:
            left.add(ways[path])

    stop = asyncio.Event()
    hanging = asyncio.create_task(crowd(port, slow, stop))
    await asyncio.gather(
        steadily(FEEDS, seconds, poll), steadily(SIGN_UPS, seconds, sign_up), steadily(LEAVES, seconds, leave)
    )
    stop.set()
    await hanging
    return seen, left


def forgotten(folder: Path, left: set[str]) -> set[str]:
    """Who was told that they have left and is not known to have."""
    from docchat_mailer.app import open_app
    from docchat_mailer.model.subscriber import SubscriberState

    with open_app(folder / "config.toml") as app:
        gone = {str(one.address) for one in everybody(app.db) if one.state is SubscriberState.LEFT}
    return left - gone


def main() -> None:
    """Print a table; fail where somebody who left was forgotten."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--readers", type=int, default=20_000)
    given.add_argument("--minutes", type=float, default=1.0)
    given.add_argument("--slow", type=int, default=200)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as scratch, fast_sink.started() as relay:
        folder = Path(scratch)
        ways = site_of(folder, relay.port, asked.readers)
        with running(folder, "run"), running(folder, "serve", "--port", "0") as door:
            seen, left = asyncio.run(load(port_of(door), asked.minutes * 60, ways, asked.slow))
        took = relay.figures()
        print("| What | Asked | Median | p95 | Longest | Answers |\n|---|---|---|---|---|---|")
        for name, one in seen.items():
            print(one.line(name))
        spent = took["last"] - took["first"]
        print(f"\n{took['messages']} letters went out in {spent:.0f} s of it; {len(left)} left.")
        if lost := forgotten(folder, left):
            raise SystemExit(f"{len(lost)} who left are forgotten")


if __name__ == "__main__":
    main()
