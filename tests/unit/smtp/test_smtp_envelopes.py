"""What says where a letter goes, and what goes nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.model.delivery import DeliveryId, Letter, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.smtp.envelopes import mail_command, misfit, rcpt_command, refusal, xtext
from docchat_mailer.smtp.offers import Offers


def letter(
    local="jane", domain="example.org", sender="a@docchat.example", message=b"x\r\n", **changes
) -> Letter:
    to = Address(local=local, domain=domain)
    return Letter(id=DeliveryId(1, 1), sender=sender, recipient=to, message=message, **changes)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_threat_T16_an_envelope_is_two_lines_or_is_refused(sender, local, domain, envelope_id):
    given_ = letter(local, domain, sender, envelope_id=envelope_id)
    if refusal(given_) is not None:
        return
    offers = Offers(dsn=True, smtputf8=True, eight_bit=True)
    for command in (mail_command(given_, offers, plain=False), rcpt_command(given_)):
        assert command.endswith(b"\r\n")
        assert command.count(b"\r") == command.count(b"\n") == 1
        assert command.count(b"<") == command.count(b">") == 1
        assert b"\0" not in command


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"a\nb\r\n", "CRLF"),
        (b"a\rb\r\n", "CRLF"),
        (b"a\n.\nb\r\n", "CRLF"),
        (b"a\n\rb\r\n", "CRLF"),
        (b"a\r.\rb\r\n", "CRLF"),
        (b"a\r\n.\r\nb\r\n", "dot"),
        (b"a\r\n..b\r\n", "dot"),
        (b".", "dot"),
    ],
)
def test_threat_T17_what_some_server_takes_for_the_end_is_not_sent(message, why):
    outcome = refusal(letter(message=message))
    assert outcome.verdict is Verdict.REJECTED
    assert why in outcome.text


def test_a_message_that_was_looked_at_is_not_looked_at_again():
    assert refusal(letter(message=b"a\nb", vouched=True)) is None
    assert refusal(letter(local="a b", vouched=True)) is not None


@pytest.mark.parametrize(
    ("changes", "offers", "reason"),
    [
        ({}, Offers(), None),
        ({"local": "jürgen"}, Offers(), "needs-smtputf8"),
        ({"local": "jürgen"}, Offers(smtputf8=True), None),
        ({"message": b"x" * 101}, Offers(size=100), "too big"),
        ({"message": b"x" * 100}, Offers(size=100), None),
        ({"message": "ü\r\n".encode()}, Offers(), "content"),
        ({"message": "ü\r\n".encode()}, Offers(eight_bit=True), None),
    ],
)
def test_what_a_letter_needs_must_be_offered(changes, offers, reason):
    outcome = misfit(letter(**changes), offers)
    assert (outcome and outcome.reason) == reason


def test_mail_names_what_is_needed_and_offered():
    offers = Offers(dsn=True, smtputf8=True, eight_bit=True)
    named = letter(envelope_id="7-9")
    assert mail_command(named, Offers(), plain=False) == b"MAIL FROM:<a@docchat.example>\r\n"
    assert mail_command(named, offers, plain=False).endswith(b"> RET=HDRS ENVID=7-9\r\n")
    assert mail_command(named, offers, plain=True) == b"MAIL FROM:<a@docchat.example>\r\n"
    eight = letter(local="jürgen", message="ü\r\n".encode())
    assert mail_command(eight, offers, plain=True).endswith(b"> SMTPUTF8 BODY=8BITMIME\r\n")
    assert rcpt_command(eight) == "RCPT TO:<jürgen@example.org>\r\n".encode()
    assert b"ENVID" not in mail_command(letter(envelope_id="x" * 101), offers, plain=False)


def test_xtext_is_printable_and_without_its_own_marks():
    assert xtext("a+b=c d") == "a+2Bb+3Dc+20d"
    assert xtext("ü\r\n") == "+C3+BC+0D+0A"
