"""Pause, resume, resolve and retry: the operator's word on a mailing that is out."""

from __future__ import annotations

from email import message_from_bytes

import pytest
from sqlalchemy import text

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store.database import Database
from ledgers import states
from sites import SiteFolder, call_cli

NOW = "2027-03-16T08:00:00"
S = DeliveryState


@pytest.fixture
def site(tmp_path):
    """A site whose first part went to three readers."""
    site = SiteFolder(tmp_path)
    site.series()
    site.part(1, "Hands")
    site.subscribe("ann@example.org", "ben@example.org", "cat@example.org")
    site.tick(NOW)
    assert len(site.messages()) == 3
    return site


def database(site) -> Database:
    return Database.open(f"sqlite:///{site.root}/state/docchat.db")


def put_into(site, *states: str) -> None:
    """Readers 1, 2 and 3 stand there."""
    db = database(site)
    with db.write() as c:
        for number, state in enumerate(states, start=1):
            query = text("UPDATE deliveries SET state = :state WHERE subscriber_id = :number")
            c.execute(query, {"state": state, "number": number})
        c.execute(text("UPDATE batches SET state = 'done'"))
    db.close()


def found(site) -> list[S]:
    db = database(site)
    try:
        return list(states(db).values())
    finally:
        db.close()


def test_a_paused_mailing_waits_until_it_is_resumed(site):
    put_into(site, "pending", "pending", "accepted")
    db = database(site)
    with db.write() as c:
        c.execute(text("UPDATE batches SET state = 'open'"))
    db.close()
    assert "edition 1 is paused" in call_cli("pause", "massage/1", "--reason", "a link", cwd=site.root).stderr
    site.tick(NOW)
    assert found(site).count(S.PENDING) == 2
    assert "no mailing" in call_cli("pause", "1", cwd=site.root).stderr
    assert "edition 1 goes on" in call_cli("resume", "1", cwd=site.root).stderr
    assert "not paused" in call_cli("resume", "1", cwd=site.root).stderr
    site.tick(NOW)
    assert found(site) == [S.ACCEPTED] * 3


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_doubts_are_settled_as_the_operator_says(site, decision):
    put_into(site, "uncertain", "uncertain", "accepted")
    assert "2 would be" in call_cli("resolve", "1", "--as", decision, "--dry-run", cwd=site.root).stderr
    one = call_cli("resolve", "1", "--as", decision, "--address", "ben@example.org", cwd=site.root)
    assert "1 deliveries" in one.stderr
    assert found(site) == [S.UNCERTAIN, S(decision), S.ACCEPTED]
    call_cli("resolve", "massage/1", "--as", decision, cwd=site.root)
    assert found(site) == [S(decision), S(decision), S.ACCEPTED]


def test_a_relays_log_settles_what_it_names(site):
    ids = {m["To"]: m["Message-ID"] for m in map(message_from_bytes, site.messages())}
    put_into(site, "uncertain", "uncertain", "uncertain")
    log = site.root / "mail.log"
    log.write_text(
        f"postfix/cleanup[7]: 4F: message-id={ids['ben@example.org']}\n"
        f"postfix/cleanup[7]: 50: message-id=<another@example.org>\n",
        encoding="utf-8",
    )
    call_cli("resolve", "1", "--from-log", "mail.log", cwd=site.root)
    assert found(site) == [S.UNCERTAIN, S.ACCEPTED, S.UNCERTAIN]
    wrong = call_cli("resolve", "1", "--from-log", "mail.log", "--as", "rejected", cwd=site.root, check=False)
    assert wrong.returncode == 2


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (("resolve", "1", "--as", "resend"), "uncertain"),
        (("retry", "1", "--state", "uncertain"), "uncertain"),
        (("retry", "massage/1"), "rejected"),
    ],
)
def test_what_is_sent_again_is_the_same_letter_and_its_number_is_known(site, verb, state):
    first = sorted(site.messages())
    put_into(site, state, "accepted", state)
    refused = call_cli(*verb, "--yes", "--count", "3", cwd=site.root, check=False)
    assert refused.returncode == 75
    for file in (site.root / "outbox").glob("*.eml"):
        file.unlink()
    call_cli(*verb, "--yes", "--count", "2", cwd=site.root)
    assert found(site) == [S.PENDING, S.ACCEPTED, S.PENDING]
    site.tick(NOW)
    assert found(site) == [S.ACCEPTED] * 3
    assert set(site.messages()) < set(first)
    assert len(site.messages()) == 2


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (("retry", "1"), "nothing of 1 is rejected"),
        (("resolve", "9", "--as", "accepted"), "no edition 9"),
        (("resolve", "massage/7", "--as", "accepted"), "names no mailing"),
        (("resolve", "1"), "nothing is decided"),
        (("resume", "9"), "no edition 9"),
    ],
)
def test_what_cannot_be_decided_is_said(site, verb, said):
    refused = call_cli(*verb, cwd=site.root, check=False)
    assert refused.returncode == 2
    assert said in refused.stderr
