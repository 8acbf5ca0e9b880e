"""Each reader's message tells of that reader alone, over a whole big list."""

from __future__ import annotations

import quopri
import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from faults.driver import RELAY
from faults.session import Message
from faults.sink import Sink
from sites import SiteFolder, run_cli

ADDRESS = re.compile(rb"[A-Za-z0-9.+_-]+@(?:\d+\.)?readers\.example")
TOKEN = re.compile(rb"v1\.[a-z]\.([0-9a-f]+)\.")


class Witness:
    """A double of a relay that looks whom each message tells of."""

    def __init__(self) -> None:
        self.tokens: dict[str, set[bytes]] = {}
        self.copies: Counter[tuple[str, bytes]] = Counter()
        self.faults: list[str] = []

    def __call__(self, message: Message, number: int) -> tuple[bytes, str]:
        """Look at one."""
        (recipient,) = message.recipients
        text = quopri.decodestring(message.raw)
        told = {found.decode() for found in ADDRESS.findall(text)}
        tokens = set(TOKEN.findall(text))
        if told != {recipient} or len(tokens) != 1:
            self.faults.append(f"message {number} to {recipient} tells of {told} {tokens}")
        self.tokens.setdefault(recipient, set()).update(tokens)
        self.copies[recipient, message.raw[message.raw.index(b"Subject:") :].split(b"\r\n")[0]] += 1
        return b"", ""


def mail(folder, *, posts: int, readers: int) -> Witness:
    witness = Witness()
    with Sink(double=witness, keep=False) as sink:
        site = SiteFolder(folder)
        with site.config.open("a", encoding="utf-8") as config:
            config.write(RELAY.format(port=sink.port, connections=4, on_uncertain="hold"))
        due = datetime.now(UTC) - timedelta(minutes=5)
        for number in range(1, posts + 1):
            at = (due + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
            site.post(f"post-{number}", f"Post {number}", at)
        rows = "".join(f"r{number}@{number % 50}.readers.example,\n" for number in range(readers))
        (folder / "readers.csv").write_text("email,follows\n" + rows, encoding="ascii")
        run_cli("subscribers", "import", "readers.csv", cwd=folder)
        with closing(sqlite3.connect(folder / "state/docchat.db")) as db:
            own = dict(db.execute("SELECT address, token_id FROM subscribers").fetchall())
        run_cli("run", "--once", cwd=folder, timeout=3000)
    assert sink.violations == []
    assert witness.faults == []
    assert witness.tokens == {address: {token.encode()} for address, token in own.items()}
    assert len(set(own.values())) == readers
    assert (len(witness.copies), sink.took) == (posts * readers, posts * readers)
    return witness


def test_threat_T20_each_message_tells_of_its_reader_alone(tmp_path):
    mail(tmp_path / "site", posts=2, readers=150)


@pytest.mark.long
def test_threat_T20_a_hundred_thousand_messages_tell_of_their_readers_alone(tmp_path):
    mail(tmp_path / "site", posts=5, readers=20_000)
