"""The judge: what a sink received against what the ledger says.  It imports nothing of the program it judges.

    python tests/faults/oracle.py --log sink.jsonl --database state/docchat.db --kills 12 --connections 1

It prints what it counted as JSON, and one line for each fault; exit 1 if there is one.
Database: a file of SQLite, or a ``postgresql://`` URL.
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import functools
import json
import re
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

AT_REST = ("accepted", "rejected", "suppressed", "cancelled", "uncertain", "pending")
ADDRESS = re.compile(r"[^\s<>()\[\]\",;:/?=&%']+@[\w.-]+")
TOKEN = re.compile(r"\bv1\.([a-z]+)\.([^.\s<>\"'?&/]+)\.[0-9a-f]{16,}")

Key = tuple[int, int, int]
"""Edition, subscriber, occasion."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What is allowed: *kills* of a worker with so many *connections*, *copies* of a message per person.

    A row that was sent once more, because it was in doubt, may have arrived once more.
    *window* is how many rows a connection may leave uncertain at a kill.  *finished* asks that nothing is
    pending, *at_rest* that nothing is sending: not while a worker runs, or lies dead.
    """

    kills: int = 0
    connections: int = 1
    window: int = 1
    lost_connections: int = 0
    copies: int = 1
    at_rest: bool = True
    finished: bool = True


@dataclass
class Judgement:
    """What was counted, and what is wrong: nothing, if all is well."""

    rows: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    refused: int = 0
    copies: int = 0
    uncertain_that_arrived: int = 0
    resent: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of the ledger."""

    key: Key
    state: str
    address: str
    token_id: str
    subject: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Got:
    """A message of the sink's log, parsed."""

    taken: bool
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    addresses: frozenset[str]
    tokens: frozenset[str]


def judge(log: Path, database: str | Path, terms: Terms, *, public: Path | None = None) -> Judgement:
    """Compare the sink's log with the ledger, and look at each for itself."""
    with closing(_connect(database)) as db:
        rows = list(_rows(db))
        resent = _resent(db)
        faults = [*_sound(db), *_identity(db)]
    got = list(read_log(log))
    found = Judgement(
        rows=dict(Counter(row.state for row in rows)),
        messages=sum(one.taken for one in got),
        refused=sum(not one.taken for one in got),
    )
    faults += _states(found.rows, terms)
    faults += _matched(rows, got, terms, found, resent)
    faults += _own(rows, got)
    if public is not None:
        faults += _whole_files(public)
    found.faults = faults
    return found


def judge_ledger(database: str | Path) -> list[str]:
    """What is wrong with the database alone: fit to be asked after each kill, before the next start."""
    with closing(_connect(database)) as db:
        return [*_sound(db), *_identity(db)]


def read_log(log: Path) -> Iterator[Got]:
    """The sink's log; a last line that a kill tore is left out."""
    for line in log.read_bytes().split(b"\n") if log.exists() else ():
        if line.endswith(b"}"):
            yield _parsed(line)


@functools.lru_cache(maxsize=2000)
def _parsed(line: bytes) -> Got:
    row = json.loads(line)
    message = email.message_from_bytes(base64.b64decode(row["raw"]), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    text = "\n".join(_texts(message))
    return Got(
        taken=row["kind"] == "message",
        recipients=tuple(row["to"]),
        subject=str(message["Subject"]),
        message_id=str(message["Message-ID"]).strip(),
        addresses=frozenset(found.rstrip(".").lower() for found in ADDRESS.findall(text)),
        tokens=frozenset(found[1] for found in TOKEN.findall(text)),
    )


def _texts(message: EmailMessage) -> Iterator[str]:
    """All that can be read in a message: headers unfolded, parts decoded, links also without %-escapes."""
    for part in message.walk():
        for name, value in part.items():
            yield f"{name}: {unquote(str(value))}"
        if part.get_content_maintype() == "text":
            content = part.get_content()
            yield content
            yield unquote(content)


def _connect(database: str | Path) -> Any:
    if str(database).startswith(("postgresql:", "postgresql+psycopg:", "postgres:")):
        import psycopg  # noqa: PLC0415 -- needed for PostgreSQL alone

        return psycopg.connect(str(database).replace("+psycopg", ""))
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)


def _ask(db: Any, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.execute(query).fetchall()]


def _rows(db: Any) -> Iterator[Row]:
    query = """
        SELECT d.edition_id, d.subscriber_id, d.occasion, d.state, s.address, s.token_id, e.subject
        FROM deliveries d
        JOIN subscribers s ON s.id = d.subscriber_id
        JOIN editions e ON e.id = d.edition_id
    """
    for edition, subscriber, occasion, state, address, token_id, subject in _ask(db, query):
        yield Row(
            key=(edition, subscriber, occasion),
            state=state,
            address=address.lower(),
            token_id=token_id,
            subject=subject,
        )


def _resent(db: Any) -> frozenset[Key]:
    """The rows that were in doubt, and are sent once more."""
    return frozenset(
        (edition, subscriber, occasion)
        for edition, subscriber, occasion in _ask(
            db, "SELECT edition_id, subscriber_id, occasion FROM resends"
        )
    )


def _sound(db: Any) -> Iterator[str]:
    """SQLite's own checks; PostgreSQL keeps its references itself."""
    if isinstance(db, sqlite3.Connection):
        for (line,) in _ask(db, "PRAGMA integrity_check"):
            if line != "ok":
                yield f"integrity: {line}"
        for table, _, parent, _ in _ask(db, "PRAGMA foreign_key_check"):
            yield f"integrity: a row of {table} refers to a missing {parent}"


def _identity(db: Any) -> Iterator[str]:
    """candidates = accepted + rejected + suppressed + cancelled + uncertain + pending, edition by edition."""
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for edition, state, n in _ask(
        db, "SELECT edition_id, state, count(*) FROM deliveries GROUP BY edition_id, state"
    ):
        counted[edition]["pending" if state == "sending" else state] += n
    editions = _ask(db, "SELECT id, candidates, prepared_at FROM editions")
    for edition, candidates, prepared in editions:
        sums = counted.pop(edition, Counter())
        if sum(sums[state] for state in AT_REST) != candidates:
            yield f"identity: edition {edition} has {candidates} candidates, and {dict(sums)}"
        if prepared is None and sums:
            yield f"identity: edition {edition} has rows and was never prepared"
        yield from (f"state: {state} is none" for state in sums if state not in AT_REST)
    yield from (f"identity: rows of edition {edition}, which is none" for edition in counted)


def _states(rows: dict[str, int], terms: Terms) -> Iterator[str]:
    if terms.at_rest and rows.get("sending"):
        yield f"state: {rows['sending']} rows are sending, and nobody sends"
    if terms.finished and rows.get("pending"):
        yield f"state: {rows['pending']} rows are still pending"
    most = terms.kills * terms.connections * terms.window + terms.lost_connections
    if rows.get("uncertain", 0) > most:
        yield f"uncertain: {rows['uncertain']} rows, where {most} may be"


def _matched(
    rows: Sequence[Row], got: Sequence[Got], terms: Terms, found: Judgement, resent: frozenset[Key]
) -> Iterator[str]:
    """Rows against messages, by recipient and subject; and one Message-ID is one row, whatever the attempt."""
    known = {(row.address, row.subject): row for row in rows}
    if len(known) < len(rows):
        yield "match: two rows have one address and one subject; give editions subjects of their own"
    taken: Counter[Key] = Counter()
    ids: dict[Key, set[str]] = defaultdict(set)
    for one in got:
        if len(one.recipients) != 1:
            if one.taken:
                yield f"envelope: a message went to {len(one.recipients)} recipients"
            continue
        row = known.get((one.recipients[0].lower(), one.subject))
        if row is None:
            yield f"match: {one.recipients[0]} got {one.subject!r}, and no row says so"
            continue
        ids[row.key].add(one.message_id)
        taken[row.key] += one.taken
    yield from _message_ids(ids)
    for row in rows:
        yield from _copies(row, taken[row.key], terms.copies + (row.key in resent))
    found.resent = len(resent)
    found.copies = max(taken.values(), default=0)
    found.uncertain_that_arrived = sum(row.state == "uncertain" and taken[row.key] > 0 for row in rows)


def _message_ids(ids: dict[Key, set[str]]) -> Iterator[str]:
    for key, used in ids.items():
        if len(used) > 1:
            yield f"message id: {key} was sent under {sorted(used)}"
    for message_id, n in Counter(one for used in ids.values() for one in used).items():
        if n > 1:
            yield f"message id: {message_id} names {n} rows"


def _copies(row: Row, copies: int, allowed: int) -> Iterator[str]:
    if copies > allowed:
        yield f"copies: {row.address} got {row.key} {copies} times"
    if row.state == "accepted" and not copies:
        yield f"lost: {row.key} is accepted, and the sink never took it"
    if row.state in {"rejected", "suppressed", "cancelled"} and copies:
        yield f"match: {row.key} is {row.state}, and the sink took it"
    if row.state == "pending" and copies and allowed == 1:
        yield f"match: {row.key} is pending, and the sink took it already"


def _own(rows: Sequence[Row], got: Iterable[Got]) -> Iterator[str]:
    """Each message tells one reader's address and token, and nobody else's."""
    readers = {row.address: row.token_id for row in rows}
    tokens = set(readers.values())
    for one in got:
        for recipient in one.recipients[:1]:
            own = recipient.lower()
            others = (one.addresses & readers.keys()) - {own}
            foreign = (one.tokens & tokens) - {readers.get(own, "")}
            if others or foreign:
                yield f"privacy: the message to {own} tells of {sorted(others)} {sorted(foreign)}"
            elif one.tokens and readers.get(own) not in one.tokens:
                yield f"privacy: the message to {own} holds tokens of nobody we know"


def _whole_files(public: Path) -> Iterator[str]:
    yield from (f"files: {file} was left behind" for file in sorted(public.rglob("*.tmp")))


def main() -> int:
    """Judge, print, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--log", type=Path, required=True, help="the sink's log")
    parser.add_argument("--database", required=True, help="file of SQLite, or URL of PostgreSQL")
    parser.add_argument("--public", type=Path, help="folder of pages and feeds, to look at it too")
    for name, default in (("kills", 0), ("connections", 1), ("window", 1), ("copies", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--unfinished", action="store_true", help="rows may still be pending")
    given = parser.parse_args()
    terms = Terms(
        kills=given.kills,
        connections=given.connections,
        window=given.window,
        copies=given.copies,
        finished=not given.unfinished,
    )
    found = judge(given.log, given.database, terms, public=given.public)
    print(json.dumps(asdict(found), indent=1))  # noqa: T201 -- a program for a terminal
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
