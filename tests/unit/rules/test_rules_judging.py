"""What each reply means, as a table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.model.delivery import Verdict
from docchat_mailer.rules.judging import Stage, judge

A, D, R, N = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED, Verdict.UNSENT
BODY, RCPT, MAIL, DATA = Stage.BODY, Stage.RCPT, Stage.MAIL, Stage.DATA

TABLE = [
    (250, "2.0.0 queued as 4Z", BODY, A, ""),
    (251, "will forward", BODY, A, ""),
    # temporary
    (450, "4.2.1 mailbox busy", RCPT, D, "temporary"),
    (451, "local error", BODY, D, "temporary"),
    (452, "4.3.1 no room", DATA, D, "temporary"),
    (499, "", RCPT, D, "temporary"),
    (250, "no need of text", DATA, N, "out of step"),
    (354, "out of turn", BODY, Verdict.UNCERTAIN, "out of step"),
    (600, "what is that", BODY, D, "temporary"),
    # a full mailbox
    (452, "4.2.2 mailbox full", RCPT, D, "mailbox full"),
    (552, "5.2.2 mailbox full", RCPT, R, "mailbox full"),
    (552, "over quota", RCPT, R, "mailbox full"),
    # too fast
    (421, "come back later", BODY, D, "rate"),
    (421, "4.3.2 shutting down", MAIL, D, "rate"),
    (450, "4.7.1 greylisted", RCPT, D, "rate"),
    (451, "4.7.0 too many messages", BODY, D, "rate"),
    # no such reader
    *[(550, f"{code} nobody", RCPT, R, "unknown user") for code in ("5.1.1", "5.1.2", "5.1.3", "5.1.6")],
    *[(554, f"{code} nobody", BODY, R, "unknown user") for code in ("5.1.10", "5.2.1", "5.4.4")],
    *[(code, "nobody here", RCPT, R, "unknown user") for code in (550, 551, 553)],
    # the sender's fault
    (550, "5.7.1 refused", RCPT, R, "policy"),
    (550, "5.7.26 not authenticated", BODY, R, "policy"),
    (550, "5.7.515 not authenticated", BODY, R, "policy"),
    (554, "Message looks like SPAM", BODY, R, "policy"),
    (550, "rejected by DMARC", BODY, R, "policy"),
    (550, "against our Policy", RCPT, R, "policy"),
    (550, "5.1.1 blocked for spam", RCPT, R, "policy"),
    # too big
    (552, "5.3.4 too big", MAIL, N, "too big"),
    (550, "5.2.3 too long", BODY, N, "too big"),
    (552, "too much data", MAIL, N, "too big"),
    (552, "too much data", BODY, N, "too big"),
    # our settings
    *[(code, "log in first", MAIL, N, "configuration") for code in (530, 534, 535)],
    *[(550, f"{code} bad sender", MAIL, N, "configuration") for code in ("5.1.7", "5.1.8")],
    # how we speak
    *[(code, "what?", MAIL, R, "protocol") for code in (500, 501, 502, 503, 504, 555)],
    # anything else that is for good
    (554, "5.6.0 no", BODY, R, "content"),
    (550, "no", BODY, R, "content"),
    (550, "5.9.99 no", RCPT, R, "content"),
    # the enhanced code weighs more than the basic one
    (550, "4.2.2 mailbox full", RCPT, D, "mailbox full"),
    (550, "4.4.7 later", RCPT, D, "temporary"),
    (450, "5.1.1 nobody", RCPT, R, "unknown user"),
    # ... and is one only where it stands first
    (450, "host 5.1.1.9 is busy", RCPT, D, "temporary"),
    (450, "5.1.1.9 is busy", RCPT, D, "temporary"),
    (550, "#5.1.1 nobody", RCPT, R, "unknown user"),
]


@pytest.mark.parametrize(("code", "text", "stage", "verdict", "reason"), TABLE)
def test_what_a_reply_means(code, text, stage, verdict, reason):
    outcome = judge(code, text, stage)
    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert (outcome.code, outcome.text) == (code, text)


def test_the_enhanced_code_is_kept_and_the_text_is_cut():
    outcome = judge(550, "5.1.1 " + "x" * 400, RCPT)
    assert (outcome.enhanced, len(outcome.text)) == ("5.1.1", 200)


@given(st.integers(0, 999), st.text(max_size=40), st.sampled_from(Stage))
@settings(max_examples=150, deadline=None)
def test_every_reply_means_something_and_only_a_yes_is_an_acceptance(code, text, stage):
    outcome = judge(code, text, stage)
    assert (outcome.verdict is A) == (200 <= code < 300 and stage is BODY)
    assert outcome.verdict in {A, D, R, N, Verdict.UNCERTAIN}
