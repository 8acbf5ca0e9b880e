"""What is no bounce is read as none."""

from __future__ import annotations

import pytest

from docchat_mailer.dsn.reading import read_report
from docchat_mailer.dsn.report import Form
from returned_mail import words

RECEIPT = b"""\
From: anna@example.net
Subject: Read: Part 2
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

Your message was read.

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; anna@example.net
Disposition: manual-action/MDN-sent-manually; displayed

--b--
"""


@pytest.mark.parametrize(
    "octets",
    [
        RECEIPT,
        b"Auto-Submitted: auto-replied\n"
        + words("I am away until Monday. Write to ben@example.net.", sender="anna@example.net", subject="Out of office"),
        b"Return-Path: <>\nPrecedence: bulk\n"
        + words("I do not work here any more; user unknown, so to speak.", sender="anna@example.net", subject="Auto: Part 2"),
        words("Please click to prove that you are human.", sender="guard@example.net", subject="Confirm your message"),
        words("Thank you for part 2!\n\nAnna", sender="anna@example.net", subject="Re: Part 2"),
        b"",
        b"\n\n\n",
        b"\x00\xff" * 50,
        b"Content-Type: multipart/report; boundary=b\n\n",
        b"Subject: Undelivered Mail Returned to Sender\n\n",
    ],
    ids=["receipt", "vacation", "left", "challenge", "reply", "empty", "lines", "noise", "headless", "bare"],
)  # fmt: skip
def test_it_is_no_bounce(octets):
    report = read_report(octets)
    assert report.form is Form.NONE
    assert report.bounces == ()


def test_auto_replied_does_not_decide():
    text = "The following address(es) failed:\n\n  anna@example.net\n    550 5.1.1 User unknown\n"
    [bounce] = read_report(b"Auto-Submitted: auto-replied\n" + words(text)).bounces
    assert str(bounce.kind) == "hard"
