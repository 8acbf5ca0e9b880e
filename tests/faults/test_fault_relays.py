"""Mail through relays that do not pass our bytes on, and bodies that try to end a message early."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from faults.session import Options
from faults.small_scene import READERS, scene, small_site

DOTS = "First.\n\n.\n\n..\n\n.hidden\n\nLast: a\u0085b."
SMUGGLED = (
    "```\nHi\n.\nMAIL FROM:<evil@site.example>\nRCPT TO:<zoe@example.net>\nDATA\nSubject: evil\n\n.\n.\n```"
)


def accepted(site) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(site / "state/docchat.db")) as db:
        return db.execute("SELECT text, relay FROM deliveries WHERE state = 'accepted'").fetchall()


@pytest.mark.parametrize(
    "relay",
    [
        ("mean", "generic", "taken"),
        ("generic", "generic", "queued as 4Q"),
        ("ses", "ses", "Ok 0100"),
        ("postmark", "postmark", "Ok"),
        ("mailgun", "mailgun", "Great success"),
    ],
)
def test_through_each_relay_the_ledger_is_right_and_keeps_its_words(runs, template, tmp_path, relay):
    double, profile, named = relay
    with scene(runs, template, tmp_path / "life", double=double, profile=profile) as passed:
        assert passed.run()["code"] == 0
        found = passed.judge()
        assert found.faults == []
        # who is unknown to the relay may be spared the second letter, if the first came back by then
        spared = found.rows.pop("suppressed", 0)
        assert found.rows == {"accepted": 2 * len(READERS), "rejected": 2 - spared}
        words = [text for text, _ in accepted(passed.site)]
    assert all(named in said for said in words), words
    assert len(set(words)) == (len(words) if double in {"generic", "ses"} else 1)
    ours = [message.raw.partition(b"\r\n\r\n")[0] for message in passed.sink.messages]
    theirs = [stored.partition(b"\r\n\r\n")[0] for stored in passed.sink.stored]
    assert all(b"Message-ID: <" in head for head in ours)
    assert (ours == theirs) == (double == "mailgun")


@pytest.mark.parametrize("pipelining", [True, False])
def test_threat_T17_no_body_ends_its_message_early(runs, tmp_path, pipelining):
    template = small_site(tmp_path / "template", DOTS, SMUGGLED)
    options = Options(lax=True, pipelining=pipelining)
    with scene(runs, template, tmp_path / "life", options=options) as lax:
        assert lax.run()["code"] == 0
        assert lax.judge().faults == []
    assert lax.sink.violations == []
    assert len(lax.sink.messages) == 2 * len(READERS)
    assert b"evil@site.example" in lax.sink.client
    for message in lax.sink.messages:
        lines = message.wire.split(b"\r\n")
        assert not any(b"\n" in line or b"\r" in line or line.startswith(b".") for line in lines)
        assert message.sender != "evil@site.example"


def test_threat_T16_one_sender_and_one_recipient_for_each_message(runs, template, tmp_path):
    with scene(runs, template, tmp_path / "life") as calm:
        assert calm.run()["code"] == 0
    talks, taken = calm.sink.conversations, 2 * len(READERS)
    mails, recipients = (sum(talk.count(verb) for talk in talks) for verb in ("MAIL FROM:", "RCPT TO:"))
    assert mails == recipients
    assert taken < mails <= taken + 2  # one or two letters to who is unknown
    assert all(len(message.recipients) == 1 for message in calm.sink.messages)
