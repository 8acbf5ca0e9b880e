"""Mail that came back, written by hand for the tests."""

from __future__ import annotations

LETTER = """\
Return-Path: <bounce+abc234@bounces.example.org>
Message-ID: <part-2.7@example.org>
From: Blog <blog@example.org>
To: anna@example.net
Subject: Part 2

Hello.
"""


def dsn(*blocks: str, text: str = "It could not be delivered.", returned: str = LETTER) -> bytes:
    """A report of RFC 3464 with a block of fields for each recipient."""
    fields = "\n\n".join(("Reporting-MTA: dns; mx.example.net\nOriginal-Envelope-Id: e7", *blocks))
    return f"""\
From: MAILER-DAEMON@mx.example.net
To: bounce+abc234@bounces.example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8

{text}

--b1
Content-Type: message/delivery-status

{fields}

--b1
Content-Type: message/rfc822

{returned}
--b1--
""".encode()


def block(
    address: str = "anna@example.net", *, action: str = "failed", status: str = "5.0.0", said: str = ""
) -> str:
    """The fields of one recipient."""
    lines = [f"Final-Recipient: rfc822; {address}", f"Action: {action}", f"Status: {status}"]
    return "\n".join([*lines, f"Diagnostic-Code: smtp; {said}"] if said else lines)


def words(
    text: str, *, sender: str = "MAILER-DAEMON@mx.example.net", subject: str = "failure notice"
) -> bytes:
    """A report in a server's own words."""
    return f"From: {sender}\nTo: bounce+abc234@bounces.example.org\nSubject: {subject}\n\n{text}".encode()


def feedback(type_: str, fields: str = "Original-Rcpt-To: anna@example.net", returned: str = LETTER) -> bytes:
    """A report of RFC 5965."""
    return f"""\
From: feedback@example.com
To: abuse@example.org
Subject: FW: Part 2
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1
Content-Type: text/plain

This is an email abuse report.

--b1
Content-Type: message/feedback-report

Feedback-Type: {type_}
User-Agent: Loop/1
Version: 1
Original-Mail-From: <bounce+abc234@bounces.example.org>
{fields}

--b1
Content-Type: message/rfc822

{returned}
--b1--
""".encode()
