"""The wire: letters a second and processor seconds a thousand, beside Postfix's load tool in the same round.

Each case runs in a process of its own, between two runs of the reference against the same sink::

    DOCCHAT_POSTFIX=/usr/sbin python bench/delivery.py --letters 20000 --rounds 3

The reference is ``smtp-source`` into ``smtp-sink`` (Debian package ``postfix``; no daemon is run), ten
sessions that are used again.  Where it is not there, the sink of this folder and no reference are used.
``--far`` is a relay with TLS, a login, 30 ms of round trip and a cap; ``--million`` an edition to a million.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import sink as fast_sink

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
SIZE = 30_000
"""Bytes of a message, about."""

CONNECTIONS = 10
KEY = b"k" * 32


# -- what is sent ------------------------------------------------------------------------------------------


def prepare(url: str, readers: int, *, planned: bool = True) -> None:
    """A database with an edition of a 30 KB letter to all of *readers*, fanned out where it is *planned*."""
    from docchat_mailer.model.publication import FOLLOWERS, Kind
    from docchat_mailer.model.subscriber import Address, Follow, Scope, SubscriberState
    from docchat_mailer.store import editions, fan_out, publications
    from docchat_mailer.store.database import Database
    from docchat_mailer.store.subscribers import NewSubscriber, add_subscribers

    db = Database.open(url)
    domains = ["example.org", "gmail.com", "example.net", "outlook.com", "example.com"]
    for start in range(0, readers, 10_000):
        with db.write() as c:
            add_subscribers(
                c,
                [
                    NewSubscriber(
                        address=Address(local=f"reader{n}", domain=domains[n % len(domains)]),
                        name=f"Reader Number {n}",
                        token_id=f"{n:016x}",
                        follows=(Follow(Scope.SITE),),
                        state=SubscriberState.ACTIVE,
                        at=NOW,
                        address_hash=f"{n:064x}",
                    )
                    for n in range(start, min(start + 10_000, readers))
                ],
            )
    body = _letter().pack()
    with db.write() as c:
        made = publications.insert_publication(
            c,
            series="massage",
            number=1,
            kind=Kind.RELEASE,
            slug="part-1",
            entry_id="tag:bench.example,2027:1",
            permalink=False,
            path="/s/massage/1/",
            aliases=(),
            published_at=NOW,
            updated_at=NOW.replace(microsecond=1),
            slot=NOW,
            live_at=NOW,
            promises=(),
            revision=_revision(),
        )
        edition = editions.insert_edition(
            c,
            publication_id=made.id,
            revision=1,
            audience=FOLLOWERS,
            at=NOW,
            subject="Massage",
            body=body,
        )
        if planned:
            fan_out.fan_out(c, edition.id, "massage", [], NOW)
    db.close()


def _revision():
    from docchat_mailer.model.publication import Change, Revision

    return Revision(
        number=1,
        title="Massage",
        bare_title="Massage",
        summary="",
        language="en",
        author="DocChat",
        tags=(),
        picture=None,
        enclosure=None,
        content_hash="0" * 64,
        source_digest="",
        change=Change.FIRST,
        at=NOW,
        html="<p>Hello.</p>",
        text="Hello.",
    )


def _letter():
    """Text and HTML with five personal places: address, date and id, two links, and why."""
    from docchat_mailer.letter.compiling import compile_letter
    from docchat_mailer.letter.fields import Field, sentinels
    from docchat_mailer.letter.headers import Header, unstructured

    marks = sentinels(b"bench")
    token = marks.token
    link = f"https://bench.example/u/{token(Field.UNSUBSCRIBE)}"
    headers = (
        Header("From", "DocChat <letters@bench.example>"),
        Header("To", token(Field.TO)),
        unstructured("Subject", "Therapeutic Massage Part 1"),
        Header("Date", token(Field.DATE)),
        Header("Message-ID", token(Field.MESSAGE_ID)),
        Header("List-Unsubscribe", f"<{link}>"),
        Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    words = "Massage may ease pain in the lower back, and many people sleep better after it. " * 12
    text = "\n\n".join([words] * 8) + f"\n\n{token(Field.WHY)}\n{link}\n"
    html = "".join(f'<p style="margin:0 0 16px;font:16px serif">{words}</p>' for _ in range(19))
    html += f'<p>{token(Field.WHY)} <a href="{link}">Leave</a></p>'
    return compile_letter(headers, text, html, marks, b"seed")


# -- one case, in a process of its own ---------------------------------------------------------------------


def send(
    url: str,
    folder: Path,
    port: int,
    *,
    connections: int,
    keys: list[str],
    window: int,
    rate: float | None = None,
    authority: Path | None = None,
    at_most: int | None = None,
) -> dict:
    """Send everything that waits in the database at *url*; what that cost this process."""
    from docchat_mailer.delivery.dispatch import Mailing
    from docchat_mailer.delivery.report import SendReport
    from docchat_mailer.delivery.sending import send_due
    from docchat_mailer.model.site import Sender
    from docchat_mailer.smtp.relay import Limits, RelaySettings, SmtpCourier
    from docchat_mailer.store.database import Database

    db = Database.open(url)
    sender = Sender(
        name="DocChat",
        address="letters@bench.example",
        reply_to="",
        domain="bench.example",
        list_name="DocChat",
        web_url="https://bench.example",
    )
    mailing = Mailing(
        key=KEY,
        sender=sender,
        why=lambda _follow: "You follow everything.",
        now=lambda: NOW,
        jitter=lambda: 0.0,
        connections=connections,
        window=window,
        rate=rate,
        route="bench",
    )
    sign, helpers = _signer(keys)
    mailing = replace(mailing, sign=sign)
    settings = RelaySettings(host="127.0.0.1", port=port, security="none", ehlo_name="bench.example")
    if authority is not None:
        login = {"username": "bench", "password": "secret", "authority": authority}
        settings = replace(settings, host="localhost", security="starttls", **login)
    courier = SmtpCourier(settings, limits=Limits(connections=connections))
    started, spent = time.perf_counter(), time.process_time()
    report = SendReport()
    done = send_due(
        db,
        courier,
        mailing,
        journal=folder / "journal",
        stop=lambda: at_most is not None and report.accepted >= at_most,
        report=report,
    )
    asyncio.run(done)
    seconds, spent = time.perf_counter() - started, time.process_time() - spent
    if helpers is not None:
        helpers.close()
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent += children.ru_utime + children.ru_stime
    took = {
        "seconds": seconds,
        "processor": spent,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "accepted": report.accepted,
        "total": report.total,
    }
    db.close()
    return took


def _signer(kinds: list[str]) -> tuple[Any, Any]:
    """What signs, and the processes that help where the key is RSA: the library lets nobody else compute."""
    if not kinds:
        return None, None
    import signing  # the neighbour that makes keys for measuring
    from docchat_mailer.delivery.signing import SigningProcesses
    from docchat_mailer.letter.dkim import Signer

    made = signing.keys(kinds)
    rsa = next((key for key in made if key.selector == "rsa"), None)
    helpers = SigningProcesses(rsa.private, os.cpu_count() or 1) if rsa else None
    return Signer(signing.DOMAIN, made, rsa=helpers), helpers


# -- the rounds --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one run took."""

    rate: float
    processor: float  # seconds per 1,000 messages
    memory: int = 0


def reference(tools: Path, port: int, letters: int) -> Run:
    """``smtp-source`` into the sink at *port*."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = ["smtp-source", "-d", "-s", str(CONNECTIONS), "-l", str(SIZE), "-m", str(letters)]
    subprocess.run(
        [tools / command[0], *command[1:], f"127.0.0.1:{port}"],
        check=True,
        env=_environment(tools),
        stdout=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(rate=letters / seconds, processor=spent / letters * 1000)


def ours(folder: Path, port: int, letters: int, case: Case) -> Run:
    """This program into the sink at *port*, as *case* says."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        url = f"sqlite:///{scratch}/bench.db"
        _child("--prepare", str(letters), url)
        told = _child(
            "--send", url, "--port", str(port), "--connections", str(case.connections),
            "--window", str(case.window), *(f"--key={key}" for key in case.keys),
        )  # fmt: skip
    if told["accepted"] != letters:
        raise RuntimeError(f"{told['accepted']} of {letters} letters were accepted")
    return Run(
        rate=letters / told["seconds"],
        processor=told["processor"] / letters * 1000,
        memory=told["memory"],
    )


def _child(*arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, Path(__file__), *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout or "{}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What is measured."""

    name: str
    keys: tuple[str, ...] = ()
    connections: int = CONNECTIONS
    window: int = 100


CASES = (
    Case(name="durable ledger (SQLite, FULL), journal, windows of 100"),
    Case(name="the same, strict: one mark a message", window=1),
    Case(name="the same, Ed25519", keys=("ed25519",)),
    Case(name="the same, RSA-2048", keys=("rsa",)),
)


@contextmanager
def the_sink(tools: Path | None) -> Iterator[int]:
    """The port of ``smtp-sink``, or of our own where there is none."""
    if tools is None:
        with fast_sink.started() as started:
            yield started.port
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [tools / "smtp-sink", f"inet:127.0.0.1:{port}", "1000"]
    if os.geteuid() == 0:
        command[1:1] = ["-u", "nobody"]
    with subprocess.Popen(command, env=_environment(tools)) as process:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        try:
            yield port
        finally:
            process.terminate()


def _environment(tools: Path) -> dict[str, str]:
    """Postfix's libraries may lie beside its programs, where the package was only unpacked."""
    beside = tools.parent / "lib/postfix"
    return {**os.environ, "LD_LIBRARY_PATH": str(beside)} if beside.is_dir() else dict(os.environ)


def tools() -> Path | None:
    """The folder of smtp-source and smtp-sink."""
    named = os.environ.get("DOCCHAT_POSTFIX")
    found = shutil.which("smtp-source", path=named or f"{os.environ.get('PATH', '')}:/usr/sbin")
    return None if found is None else Path(found).parent


def measure(letters: int, rounds: int, names: list[str]) -> None:
    """Print a table: each case between two runs of the reference, median and range of the rounds."""
    found = tools()
    print(f"| case ({letters} messages of {SIZE // 1000} KB) | msg/s | CPU s / 1,000 | x smtp-source | MB |")
    print("|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as scratch, the_sink(found) as port:
        for case in CASES:
            if names and not any(name in case.name for name in names):
                continue
            runs, ratios = [], []
            for _ in range(rounds):
                before = reference(found, port, letters) if found else None
                runs.append(ours(Path(scratch), port, letters, case))
                after = reference(found, port, letters) if found else None
                if before and after:
                    ratios.append(runs[-1].rate / ((before.rate + after.rate) / 2))
            _row(case.name, runs, ratios)
        if found:
            _row("smtp-source itself", [reference(found, port, letters) for _ in range(rounds)], [1.0])


LOGIN = "bench:secret"
ROUND_TRIP = 30
"""Milliseconds to the far relay and back."""


def far(letters: int, rate: float) -> None:
    """Print how much of a far relay's allowed rate is used, and how often it had to refuse."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        certificate, key = _certificate(folder)
        url = f"sqlite:///{scratch}/bench.db"
        _child("--prepare", str(letters), url)
        options = ("--delay", str(ROUND_TRIP), "--cap", str(rate * 1.02), "--login", LOGIN)
        with fast_sink.started(*options, "--certificate", str(certificate), "--key", str(key)) as sink:
            told = _child(
                "--send", url, "--port", str(sink.port), "--rate", str(rate), "--authority", str(certificate),
            )  # fmt: skip
            seen = sink.figures()
    allowed = (letters - 1) / rate
    spent = seen["last"] - seen["first"]
    print(
        f"{letters} letters to a relay with TLS, a login, {ROUND_TRIP} ms of round trip, a cap of {rate:g}/s:"
    )
    processor = told["processor"] / letters * 1000
    print(f"  {allowed / spent:.1%} of the allowed rate, {seen['throttled']} refusals for pace;", end=" ")
    print(f"foretold {allowed:.1f} s, took {spent:.1f} s; {processor:.3f} CPU s / 1,000")


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "localhost.pem", folder / "localhost.key"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def million(readers: int) -> None:
    """Print what the fan-out of one edition to *readers* takes, and the memory of a process that sends."""
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/bench.db"
        _child("--prepare", str(readers), url, "--unplanned")
        planned = _child("--fan-out", url)
        with fast_sink.started() as sink:
            told = _child("--send", url, "--port", str(sink.port), "--at-most", "20000")
    print(f"one edition to {readers:,} readers:", end=" ")
    print(f"planned in {planned['seconds']:.1f} s, {planned['memory'] / 1e6:.0f} MB;", end=" ")
    print(f"{told['accepted']:,} of them sent, {told['memory'] / 1e6:.0f} MB")


def fan_out(url: str) -> dict:
    """Fan out the edition that waits in the database at *url*."""
    from docchat_mailer.delivery.fan_out import fan_out_due
    from docchat_mailer.store.database import Database

    db = Database.open(url)
    started = time.perf_counter()
    fan_out_due(db, NOW)
    seconds = time.perf_counter() - started
    db.close()
    return {"seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def _row(name: str, runs: list[Run], ratios: list[float]) -> None:
    rate = statistics.median(run.rate for run in runs)
    processor = statistics.median(run.processor for run in runs)
    ratio = "-" if not ratios else f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
    memory = max(run.memory for run in runs) / 1e6
    print(f"| {name} | {rate:,.0f} | {processor:.3f} | {ratio} | {memory:.0f} |", flush=True)


def main() -> None:
    """Measure, or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--letters", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", default=[], help="cases whose name holds this")
    parser.add_argument("--prepare", nargs=2, metavar=("READERS", "URL"))
    parser.add_argument("--send", metavar="URL")
    parser.add_argument("--port", type=int)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--rate", type=float)
    parser.add_argument("--authority", type=Path)
    parser.add_argument("--at-most", type=int)
    parser.add_argument("--unplanned", action="store_true")
    parser.add_argument("--fan-out", metavar="URL")
    parser.add_argument("--far", type=float, metavar="LETTERS_A_SECOND", help="a far relay with that cap")
    parser.add_argument("--million", type=int, metavar="READERS", help="one edition to so many")
    given = parser.parse_args()
    if given.prepare:
        prepare(given.prepare[1], int(given.prepare[0]), planned=not given.unplanned)
    elif given.fan_out:
        print(json.dumps(fan_out(given.fan_out)))
    elif given.far:
        far(min(given.letters, int(given.far * 60)), given.far)
    elif given.million:
        million(given.million)
    elif given.send:
        folder = Path(given.send.removeprefix("sqlite:///")).parent
        told = send(
            given.send, folder, given.port,
            connections=given.connections, keys=given.key, window=given.window,
            rate=given.rate, authority=given.authority, at_most=given.at_most,
        )  # fmt: skip
        print(json.dumps(told))
    else:
        measure(given.letters, given.rounds, given.only)


if __name__ == "__main__":
    main()
