"""What a relay says is kept as harmless text, and the name it gives a letter is found in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.rules.judging import Stage, judge
from docchat_mailer.rules.printing import printable
from docchat_mailer.rules.queue_ids import HABITS, queue_id

NAMES = {
    "Exchange": "4711",
    "Postfix": "4Qdf3M1xyz",
    "Gmail": "ab12-20020a05.317",
    "Exim": "1qXyZa-0001Ab-2C",
    "Haraka": "5F3A-9.1",
    "qmail": "1700000000 qp 12345",
    "Sendmail, OpenSMTPD": "0A1B2C3D",
    "SES": "0100018b2c3d4e5f-1a2b3c4d-000000",
}


@pytest.mark.parametrize(("who", "example"), [(who, example) for who, _, example in HABITS])
@pytest.mark.parametrize("front", ["", "2.0.0 ", "2.6.0  "])
def test_each_habit_is_known_by_its_example(who, example, front):
    assert queue_id(front + example) == NAMES[who]


@pytest.mark.parametrize(
    "reply",
    ["", "OK", "2.0.0 OK", "Great success", "Ok then", "accepted <a@example.org>", "queued as", "OK id="],
)
def test_who_names_nothing_is_not_guessed_at(reply):
    assert queue_id(reply) == ""


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=80))
def test_any_text_becomes_one_line_that_every_database_and_terminal_takes(text):
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert printable(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("two\r\nlines\tand more", "two  lines and more"),
        ("nul\0 esc\x1b[2J bell\7", "nul\ufffd esc\ufffd[2J bell\ufffd"),
        ("turned \u202e round, half \ud800 a letter", "turned \ufffd round, half \ufffd a letter"),
        ("Grüße, 你好", "Grüße, 你好"),
    ],
)
def test_what_cannot_be_printed_is_replaced(said, kept):
    assert printable(said) == kept


@pytest.mark.parametrize(("code", "stage"), [(250, Stage.BODY), (451, Stage.RCPT), (550, Stage.RCPT)])
def test_a_judged_reply_is_printable(code, stage):
    outcome = judge(code, "5.1.1 no\0body\nhere\x1b" + "x" * 300, stage)
    assert outcome.text.isprintable()
    assert len(outcome.text) == 200
    assert outcome.text.startswith("5.1.1 no\ufffdbody here\ufffd")
