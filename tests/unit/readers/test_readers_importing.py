"""Exports of other programs come in; nobody is made active who left; a dry run says what the real one does."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from docchat_mailer.errors import ContentError
from docchat_mailer.readers.addresses import parse_address
from docchat_mailer.readers.erasing import erase_address
from docchat_mailer.readers.explaining import explain
from docchat_mailer.readers.exporting import export_csv, export_lines, personal_data, proof_of
from docchat_mailer.readers.importing import Origin, import_csv
from docchat_mailer.readers.listing import everyone
from docchat_mailer.readers.presets import PRESETS, parse_map
from docchat_mailer.store import fan_out, preferences, subscribers
from docchat_mailer.store.database import Database
from ledgers import mail, publish

NOW = datetime(2027, 3, 1, tzinfo=UTC)
KEY = b"k" * 32
NUMBERS = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request):
    url = "sqlite://" if request.param == "sqlite" else request.getfixturevalue("pg_url")
    opened = Database.open(url)
    yield opened
    opened.close()


def bring(db, data, *, file_name="people.csv", preset="plain", dry_run=False, rejects=None, **more):
    return import_csv(
        db,
        io.BytesIO(data.encode() if isinstance(data, str) else data),
        key=KEY,
        now=NOW,
        token_ids=lambda: f"{next(NUMBERS):016x}",
        rejects=rejects,
        origin=Origin(file_name=file_name, preset=PRESETS[preset], **more),
        dry_run=dry_run,
    )


def states(db):
    return {str(person.address): str(person.state) for person in everyone(db)}


FILES = {
    "mailchimp": "Email Address,First Name,Last Name,OPTIN_TIME,UNSUB_TIME,CLEAN_TIME\n"
    "a@example.org,A,A,2020,,\nl@example.org,L,L,2020,2021,\nb@example.org,B,B,2020,,2021\n",
    "substack": "email,active_subscription,expiry,plan,email_disabled,created_at\n"
    "a@example.org,false,,other,false,2020\nl@example.org,false,,other,true,2020\n",
    "listmonk": "uuid,email,name,attributes,status,created_at,updated_at\n"
    '1,a@example.org,A,"{""city"": ""x""}",enabled,2020,2020\n2,l@example.org,L,{},disabled,2020,2020\n'
    "3,b@example.org,B,{},blocklisted,2020,2020\n",
    "mailpoet": '"Email","First name","Last name","List","Global status"\n'
    "a@example.org,A,A,News,Subscribed\nl@example.org,L,L,News,Unsubscribed\n"
    "b@example.org,B,B,News,Bounced\nu@example.org,U,U,News,Unconfirmed\n",
}


@pytest.mark.parametrize("preset", FILES)
def test_the_states_of_another_program_are_kept(db, preset):
    report = bring(db, FILES[preset], preset=preset)
    assert states(db) == {"a@example.org": "active", "l@example.org": "left"}
    assert report.barred == (0 if preset == "substack" else 1)
    assert bring(db, "email\nb@example.org\n").suppressed == report.barred


@pytest.mark.parametrize(
    ("file_name", "found"),
    [("subscribed_email_audience_1.csv", "active"), ("unsubscribed_email_audience_1.csv", "left")],
)
def test_mailchimp_tells_a_state_by_the_name_of_a_file(db, file_name, found):
    bring(db, "Email Address\na@example.org\n", preset="mailchimp", file_name=file_name)
    assert states(db) == {"a@example.org": found}


def test_who_left_here_or_there_is_never_made_active(db):
    bring(db, "email,state\na@example.org,active\nb@example.org,left\nc@example.org,active\n")
    with db.write() as c:
        subscribers.leave(c, parse_address("c@example.org"), NOW)
    report = bring(
        db, "email,state\na@example.org,unsubscribed\nb@example.org,active\nc@example.org,active\n"
    )
    assert set(states(db).values()) == {"left"}
    assert (report.left, report.known, report.added) == (1, 2, 0)


def test_who_confirmed_here_stays_whatever_an_older_list_says(db):
    bring(db, "email\na@example.org\n")
    with db.write() as c:
        preferences.activate(c, subscribers.id_of(c, parse_address("a@example.org")), (), NOW)
    assert bring(db, "email,state\na@example.org,left\na@example.org,bounced\n").known == 2
    assert states(db) == {"a@example.org": "active"}


ODD = (
    "email,name,state\na@example.org,A,active\na@example.org,A,left\nb@example.org,B,bounced\n"
    'b@example.org,B,active\nbad,,\nc@example.org,"C\nD",active\nc@example.org,C,active\nd@example.org,D,gone\n'
)


@pytest.mark.parametrize("batch", [1, 2, 5000])
def test_a_dry_run_says_what_the_real_one_does_and_changes_nothing(db, batch, monkeypatch):
    monkeypatch.setattr("docchat_mailer.readers.importing.BATCH", batch)
    said = asdict(bring(db, ODD, dry_run=True))
    assert not states(db)
    assert asdict(bring(db, ODD)) == said


def test_a_second_time_changes_nothing_and_each_has_one_proof(db):
    rows = "email\n" + "".join(f"r{n}@example.org\n" for n in range(30))
    bring(db, rows, wording="ticked the box")
    assert bring(db, rows, wording="ticked the box").known == 30
    proof = proof_of(db, parse_address("r7@example.org"))
    assert [(line["event"], line["where"], line["words"]) for line in proof] == [
        ("imported", "people.csv (plain)", "ticked the box")
    ]


def test_columns_are_named_by_hand(db):
    columns = parse_map('email=Mail,first="First, name", last=Last')
    bring(db, 'Last;"First, name";Mail\nBerg;Anna;a@example.org\n', columns=columns)
    assert [person.name for person in everyone(db)] == ["Anna Berg"]
    with pytest.raises(ContentError, match="mail"):
        bring(db, "address\na@example.org\n", columns=columns)
    with pytest.raises(ValueError, match="no field"):
        parse_map("age=Age")


@pytest.mark.parametrize("data", ["Jos\xe9,a@example.org\n".encode("latin-1"), b'"x,a@example.org\n'])
def test_a_wrong_charset_or_an_endless_quote_costs_its_own_row_alone(db, data, tmp_path):
    rejects = tmp_path / "rejects.csv"
    report = bring(db, b"name,email\n" + data + b"B,b@example.org\n" * 3, rejects=rejects)
    assert (report.rejected, report.added, report.known) == (1, 1, 2)
    assert rejects.read_text().splitlines()[1].startswith("2,")


def test_a_file_in_utf_16_is_refused_with_what_to_do(db):
    with pytest.raises(ContentError, match="UTF-8"):
        bring(db, "email\na@example.org\n".encode("utf-16"))


RUN = """
import io, sys
from datetime import UTC, datetime
from itertools import count
from docchat_mailer import failpoints
from docchat_mailer.readers import importing
from docchat_mailer.store.database import Database
importing.BATCH = 10
failpoints.arm(sys.argv[2])
numbers = count(int(sys.argv[3]))
db = Database.open(sys.argv[1])
rows = "email\\n" + "".join(f"r{n}@example.org\\n" for n in range(100))
importing.import_csv(db, io.BytesIO(rows.encode()), key=b"k" * 32, now=datetime(2027, 1, 1, tzinfo=UTC),
    token_ids=lambda: f"{next(numbers):016x}", rejects=None)
"""


def test_fault_A7_a_killed_import_is_run_again(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    for number, (order, code) in enumerate([("import.row:35:kill", -signal.SIGKILL), ("", 0)]):
        words = [sys.executable, "-c", RUN, url, order, str(1000 * (number + 1))]
        done = subprocess.run(words, cwd=Path(__file__).parent, env=dict(os.environ), check=False)
        assert done.returncode == code
        with Database.open(url).read() as c:
            assert subscribers.counts(c) == {"active": 100 if number else 30}
    again = Database.open(url)
    assert all(len(proof_of(again, person.address)) == 1 for person in everyone(again))
    again.close()


def test_threat_T33_erasure_and_export_hold_what_is_followed(db):
    bring(db, "email,name,follows\nanna@example.org,Anna,massage tag:pain\n")
    address = parse_address("anna@example.org")
    with db.read() as c:
        person = subscribers.find_subscriber(c, address)
    assert {tie["what"] for tie in personal_data(db, person)["follows"]} == {"massage", "tag:pain"}
    assert erase_address(db, address, now=NOW, source="the operator")
    out = io.StringIO()
    assert (export_csv(db, out), export_lines(db, out)) == (0, 0)
    assert "anna" not in out.getvalue()
    assert bring(db, "email\nanna@example.org\n").suppressed == 1


def test_our_own_export_comes_back_with_everyone_in_their_state(db):
    bring(db, "email,state,follows\na@example.org,active,tag:x\nb@example.org,left,*\n")
    before, out = states(db), io.StringIO()
    export_csv(db, out)
    assert bring(db, out.getvalue()).known == 2
    assert states(db) == before


def test_why_somebody_did_or_did_not_get_a_part(db):
    bring(db, "email,follows\na@example.org,*\no@example.org,other\ngone@example.org,*\n")
    with db.write() as c:
        edition = mail(c, publish(c, 1))
        fan_out.fan_out(c, edition.id, "massage", [], NOW)
    bring(db, "email,state\nb@example.org,bounced\n")

    def said(name):
        return str(explain(db, parse_address(name), "massage/1", key=KEY, now=NOW)[0])

    assert said("a@example.org").startswith("massage/1 release: pending")
    assert "follows nothing that it belongs to" in said("o@example.org")
    assert "suppressed" in said("b@example.org")
    assert "nobody has this address" in said("n@example.org")
