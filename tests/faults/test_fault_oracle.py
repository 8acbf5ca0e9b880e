"""The oracle finds what it is there to find: each fault is made by hand, and named."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from faults.oracle import Terms, judge, judge_ledger

ORACLE = Path(__file__).with_name("oracle.py")
SCHEMA = """
CREATE TABLE editions (id INTEGER PRIMARY KEY, subject TEXT, candidates INTEGER, prepared_at INTEGER);
CREATE TABLE subscribers (id INTEGER PRIMARY KEY, address TEXT, token_id TEXT);
CREATE TABLE deliveries (
    edition_id INTEGER REFERENCES editions, subscriber_id INTEGER REFERENCES subscribers, occasion INTEGER,
    state TEXT, PRIMARY KEY (edition_id, subscriber_id, occasion)
);
CREATE TABLE resends (edition_id INTEGER, subscriber_id INTEGER, occasion INTEGER);
INSERT INTO editions VALUES (1, 'Post 1', 2, 1), (2, 'Grüße', 2, 1);
INSERT INTO subscribers VALUES (1, 'Anna@example.org', 'aaaa'), (2, 'ben@example.org', 'bbbb');
INSERT INTO deliveries VALUES (1, 1, 0, 'accepted'), (1, 2, 0, 'uncertain'), (2, 1, 0, 'suppressed'), (2, 2, 0, 'accepted');
"""
MAC = "0123456789abcdef0123456789abcdef"


def raw(to: str, subject: str, number: int, token: str, words: str = "") -> str:
    return (
        f"To: {to}\r\nSubject: {subject}\r\nMessage-ID: <{number}@site.example>\r\n"
        f"List-Unsubscribe:\r\n <mailto:leave@site.example?subject=v1.u.{token}.{MAC}>\r\n"
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\nHello, {words} =\r\n{to}\r\n"
    )


def line(
    to: str, subject: str, number: int, token: str, *, kind="message", words="", recipients=None
) -> dict:
    message = raw(to, subject, number, token, words).encode()
    return {"kind": kind, "to": recipients or [to], "raw": base64.b64encode(message).decode()}


GOOD = [
    line("Anna@example.org", "Post 1", 1, "aaaa"),
    line("ben@example.org", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", 2, "bbbb"),
    line("ben@example.org", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", 2, "bbbb", kind="refused"),
]


def judged(folder: Path, more: list[dict] = [], sql: str = "", drop: int = 0, **terms):  # noqa: B006
    log, database = folder / "log", folder / "ledger.db"
    with closing(sqlite3.connect(database)) as db:
        db.executescript(SCHEMA + sql)
    log.write_text("".join(json.dumps(row) + "\n" for row in [*GOOD[drop:], *more]) + '{"kind": "mess')
    return judge(log, database, Terms(**{"kills": 1, **terms}))


def test_a_good_run_has_no_faults(tmp_path):
    found = judged(tmp_path)
    assert found.faults == []
    assert found.rows == {"accepted": 2, "uncertain": 1, "suppressed": 1}
    assert (found.messages, found.refused, found.copies) == (2, 1, 1)
    assert judge_ledger(tmp_path / "ledger.db") == []


def test_an_uncertain_message_may_have_arrived(tmp_path):
    found = judged(tmp_path, [line("ben@example.org", "Post 1", 3, "bbbb")])
    assert (found.faults, found.uncertain_that_arrived) == ([], 1)


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ({"drop": 1}, "lost: (1, 1, 0) is accepted"),
        ({"more": GOOD[:1]}, "copies: anna@example.org got (1, 1, 0) 2 times"),
        (
            {"more": [line("Anna@example.org", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", 5, "aaaa")]},
            "(2, 1, 0) is suppressed, and",
        ),
        ({"more": [line("zoe@example.org", "Post 1", 5, "zzzz")]}, "match: zoe@example.org got 'Post 1'"),
        (
            {"more": [line("ben@example.org", "Post 1", 1, "bbbb")]},
            "message id: <1@site.example> names 2 rows",
        ),
        ({"more": [line("Anna@example.org", "Post 1", 9, "aaaa", kind="refused")]}, "was sent under"),
        ({"more": [line("ben@example.org", "Post 1", 3, "aaaa")]}, "privacy: the message to ben@example.org"),
        (
            {"more": [line("ben@example.org", "Post 1", 3, "bbbb", words="ANNA@example.org")]},
            "tells of ['anna@example.org']",
        ),
        ({"more": [line("ben@example.org", "Post 1", 3, "cccc")]}, "tokens of nobody we know"),
        (
            {
                "more": [
                    line(
                        "ben@example.org",
                        "Post 1",
                        3,
                        "bbbb",
                        recipients=["ben@example.org", "x@example.org"],
                    )
                ]
            },
            "envelope: a message went to 2 recipients",
        ),
        ({"kills": 0}, "uncertain: 1 rows, where 0 may be"),
        ({"sql": "UPDATE deliveries SET state = 'sending' WHERE subscriber_id = 2"}, "rows are sending"),
        ({"sql": "UPDATE deliveries SET state = 'pending' WHERE edition_id = 2"}, "still pending"),
        ({"sql": "UPDATE deliveries SET state = 'lost' WHERE edition_id = 2"}, "state: lost is none"),
        ({"sql": "DELETE FROM deliveries WHERE state = 'uncertain'"}, "identity: edition 1 has 2 candidates"),
        ({"sql": "UPDATE editions SET prepared_at = NULL"}, "never prepared"),
        ({"sql": "DELETE FROM editions WHERE id = 2"}, "rows of edition 2, which is none"),
        (
            {"sql": "PRAGMA foreign_keys = OFF; DELETE FROM subscribers WHERE id = 2"},
            "a row of deliveries refers",
        ),
    ],
)
def test_each_fault_is_named(tmp_path, how, fault):
    found = judged(tmp_path, **how)
    assert any(fault in said for said in found.faults), found.faults


def test_as_a_program_it_says_what_it_found_and_exits_with_it(tmp_path):
    judged(tmp_path)
    ask = [sys.executable, ORACLE, "--log", tmp_path / "log", "--database", tmp_path / "ledger.db"]
    good = subprocess.run([*ask, "--kills", "1"], capture_output=True, text=True, check=False)
    assert (good.returncode, json.loads(good.stdout)["faults"]) == (0, [])
    bad = subprocess.run(ask, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "uncertain: 1 rows, where 0 may be" in bad.stdout


def test_it_imports_nothing_of_the_program():
    assert "docchat" not in ORACLE.read_text(encoding="utf-8").replace("docchat.db", "")


def test_what_was_sent_once_more_may_have_arrived_once_more_and_no_oftener(tmp_path):
    resent = "INSERT INTO resends VALUES (2, 2, 0);"
    found = judged(tmp_path, [GOOD[1]], resent)
    assert (found.faults, found.copies, found.resent) == ([], 2, 1)
    (tmp_path / "ledger.db").unlink()
    assert any("copies: ben" in fault for fault in judged(tmp_path, [GOOD[1], GOOD[1]], resent).faults)
    (tmp_path / "ledger.db").unlink()
    assert any("copies: ben" in fault for fault in judged(tmp_path, [GOOD[1]]).faults)
