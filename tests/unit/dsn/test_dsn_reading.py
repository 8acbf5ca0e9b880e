"""Reports of every form: who is named, and what ties them to a delivery."""

# ruff: noqa: ISC004 - a message of many lines is one string

from __future__ import annotations

import json

import pytest

from docchat_mailer.dsn.reading import read_report
from docchat_mailer.dsn.report import Form, Meaning
from returned_mail import LETTER, block, dsn, feedback, words

TAIL = "Return-Path: <bounce+abc234@bounces.example.org>\nTo: anna@example.net\n\nHello\n"


def kinds(octets):
    return {bounce.recipient: str(bounce.kind) for bounce in read_report(octets).bounces}


def test_each_recipient_of_a_report_has_a_verdict_of_its_own():
    report = read_report(
        dsn(
            block("anna@example.net", status="5.1.1", said="550 5.1.1 User unknown"),
            block("ben@example.net", status="5.2.2", said="552 5.2.2 Mailbox full"),
            block("cem@example.net", action="delayed", status="4.4.1"),
            block("dan@example.net", action="delivered", status="2.0.0"),
            block("eva@example.net", action="relayed", status="2.0.0"),
            block("fay@example.net", action="expanded", status="2.0.0"),
            block("gil@example.net", status="2.1.5", action="deliverable"),
        )
    )
    assert report.form is Form.STANDARD
    assert [str(each.kind) for each in report.bounces] == ["hard", "soft", "soft", *["other"] * 4]
    anna = report.bounces[0]
    assert (anna.status, anna.reply_code, anna.action) == ("5.1.1", "550", "failed")
    assert anna.diagnostic == "550 5.1.1 User unknown"
    assert anna.rule == 'words "user unknown"'


def test_a_report_names_the_delivery_it_is_about():
    report = read_report(dsn(block()))
    assert report.addressed_to == ("bounce+abc234@bounces.example.org",)
    assert report.returned_from == ("bounce+abc234@bounces.example.org",)
    assert report.message_ids == ("part-2.7@example.org",)
    assert report.envelope_id == "e7"


def test_the_address_we_wrote_stands_beside_the_one_it_became():
    fields = "Original-Recipient: rfc822;anna@example.net\nFinal-Recipient: rfc822;a7@mx.example.net\nStatus: 5.1.1"
    [bounce] = read_report(dsn(fields)).bounces
    assert (bounce.recipient, bounce.original) == ("a7@mx.example.net", "anna@example.net")


@pytest.mark.parametrize(
    "fields",
    [
        "Final-Recipient: RFC822; <anna@example.net>\n\nAction: failed\nStatus: 5.1.1",  # torn apart
        "Original-Recipient: rfc822;anna@example.net\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: utf-8; \\x{61}nna@example.net\nStatus: 5.1.1",  # RFC 6533 section 3
        "Action: failed\nStatus: 5.1.1\nFinal-Recipient: LOCAL; anna\nX-Actual-Recipient: rfc822; anna@example.net",
    ],
)
def test_a_recipient_is_found_however_it_is_written(fields):
    assert kinds(dsn(fields)) == {"anna@example.net": "hard"}


def test_fields_strewn_in_a_text_are_read_as_well():
    text = "Technical report:\n\n  Action: failed\n  Final-Recipient: rfc822; anna@example.net\n  Status: 5.1.1\n"
    assert kinds(words(text)) == {"anna@example.net": "hard"}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (
            "Hi. This is the qmail-send program at mx.example.com.\nI'm afraid I wasn't able to deliver your message"
            " to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<anna@example.net>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
            f"--- Below this line is a copy of the message.\n\n{TAIL}",
            "hard",
        ),
        (
            "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent"
            " error. The following address(es) failed:\n\n  anna@example.net\n    host mx.example.net [192.0.2.1]\n"
            "    SMTP error from remote mail server after RCPT TO:<anna@example.net>:\n    550 <blog@example.org>"
            " said: mailbox is full\n\n------ This is a copy of the message, including all the headers. ------\n\n"
            f"{TAIL}",
            "soft",
        ),
        (
            "This message was created automatically by mail delivery software.\nA message that you sent has not yet"
            " been delivered to one or more of its recipients.\n\nThe address to which the message"
            " has not yet been delivered is:\n\n  anna@example.net\n",
            "soft",
        ),
        (
            "This is the DragonFly Mail Agent v0.13 at df.example.org.\n\nThere was an error delivering your mail to"
            " <anna@example.net>.\n\nmx.example.net [192.0.2.1] did not like our RCPT TO:\n550 5.1.1 User unknown\n\n"
            f"Message headers follow.\n\n{TAIL}",
            "hard",
        ),
        (
            "   ----- Transcript of session follows -----\n550 <anna@example.net>... Host unknown\n\n"
            f"   ----- Unsent message follows -----\n{TAIL}",
            "hard",
        ),
        (
            "   ----- The following addresses had permanent fatal errors -----\n<anna@example.net>\n"
            "    (reason: 552 5.2.2 over quota)\n\n   ----- Transcript of session follows -----\n"
            ">>> RCPT To:<anna@example.net>\n<<< 552 5.2.2 over quota\n",
            "soft",
        ),
        (
            "Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred"
            " while attempting to deliver a message for\n    the following list of recipients:\n\n"
            "anna@example.net: 550 5.1.1 no such user\n\n    Below is a copy of the original message:\n\n" + TAIL,
            "hard",
        ),
        (
            "Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could"
            " not be reached:\n\n      anna@example.net on 1/2/2026 3:04 PM\n            The e-mail account does not"
            " exist at the organization\n            <mx.example.net #5.1.1>\n",
            "hard",
        ),
        (
            "Delivery has failed to these recipients or distribution lists:\n\nAnna<mailto:anna@example.net>\n"
            "The recipient's e-mail address was not found in the recipient's e-mail system.\n\n"
            "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n",
            "hard",
        ),
        (
            "Delivery to the following recipient failed permanently:\n\n     anna@example.net\n\nTechnical details of"
            " permanent failure:\nThe error that the other server returned was:\n550 5.7.1 Our system has detected"
            f" that this message is likely unsolicited mail.\n\n----- Original message -----\n\n{TAIL}",
            "soft",
        ),
        (
            "UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n"
            "<anna@example.net>:\n    mx.example.net [192.0.2.1]:\n>>> RCPT TO:<anna@example.net>\n"
            "<<< 550 User unknown\n",
            "hard",
        ),
        (
            "Your message\n\n  Subject: Part 2\n\nwas not delivered to:\n\n  anna@example.net\n\nbecause:\n\n"
            "  User anna not listed in Domino Directory\n",
            "hard",
        ),
        (
            "This report relates to a message you sent with the following header fields:\n\n  Subject: Part 2\n\n"
            "Your message cannot be delivered to the following recipients:\n\n  Recipient address: anna@example.net\n"
            "  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;550 5.1.1 unknown or"
            " illegal alias\n",
            "hard",
        ),
        (
            "Your mail sent on: Thu, 1 Jan 2026 11:04:47 +0900\n    Could not be delivered to: <anna@example.net>\n"
            "    As their mailbox is full.\n",
            "soft",
        ),
        ("Unable to deliver message to: <anna@example.net>\nUser unknown\n\nOriginal message follows.\n\n" + TAIL, "hard"),
        ("User's mailbox is full: <anna@example.net>\nUnable to deliver mail.\n", "soft"),
        (
            "Your message:\n   From:    blog@example.org\n   Subject: Part 2\nCould not be delivered because of\n\n"
            "550 5.1.1 User unknown\n\nThe following recipients were affected:\n    anna@example.net\n",
            "hard",
        ),
        (
            "This is the mail system at host mx.example.org.\n\nI'm sorry to have to inform you that your message"
            " could not\nbe delivered to one or more recipients. It's attached below.\n\n<anna@example.net>: host"
            " mx.example.net[192.0.2.1] said: 550 5.1.1\n    <anna@example.net>: Recipient address rejected: User"
            " unknown (in reply to RCPT TO command)\n",
            "hard",
        ),
    ],
    ids=[
        "qmail", "exim", "exim-warning", "dragonfly", "old-sendmail", "sendmail", "opensmtpd", "exchange-2003",
        "exchange-2007", "google", "courier", "domino", "messaging-server", "carrier", "imail", "lone-address",
        "mailmarshal", "postfix",
    ],
)  # fmt: skip
def test_a_server_that_knows_no_rfc_is_understood(text, verdict):
    assert kinds(words(text)) == {"anna@example.net": verdict}


def test_a_warning_is_soft_for_its_action():
    text = "Delivery to the following recipient has been delayed:\n\n     anna@example.net\n\n550 5.1.1 User unknown"
    [bounce] = read_report(words(text)).bounces
    assert (bounce.action, str(bounce.kind), bounce.meaning) == ("delayed", "soft", Meaning.DELAYED)


def test_the_header_of_exim_and_google_names_who_is_named_nowhere_else():
    octets = b"X-Failed-Recipients: anna@example.net\n" + words("We could not reach them. No such user.")
    assert kinds(octets) == {"anna@example.net": "hard"}


def test_the_returned_letter_names_who_is_named_nowhere_else():
    assert kinds(words(f"Sorry: mailbox is full.\n\n--- Original message ---\n\n{TAIL}")) == {
        "anna@example.net": "soft"
    }


def test_a_report_that_a_gateway_wrapped_is_read():
    inner = dsn(block(status="5.1.1")).decode()
    outer = (
        "From: postmaster@gw.example.com\nSubject: Returned mail\nContent-Type: multipart/mixed; boundary=o\n\n"
        f"--o\n\nSee below.\n\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )
    assert kinds(outer.encode()) == {"anna@example.net": "hard"}


def test_two_messages_in_one_file_are_both_read():
    one = b"From MAILER-DAEMON Thu Jan  1 00:00:00 2026\n" + dsn(block("anna@example.net", status="5.1.1"))
    two = b"\n\nFrom MAILER-DAEMON Thu Jan  1 00:00:01 2026\n" + dsn(block("ben@example.net", status="4.2.2"))
    assert kinds(one + two) == {"anna@example.net": "hard", "ben@example.net": "soft"}


@pytest.mark.parametrize("type_", ["abuse", "opt-out", "Abuse"])
def test_a_complaint_is_one(type_):
    report = read_report(feedback(type_))
    assert report.form is Form.FEEDBACK
    assert report.feedback_type == type_.lower()
    assert {each.recipient: str(each.kind) for each in report.bounces} == {"anna@example.net": "complaint"}
    assert report.returned_from == ("bounce+abc234@bounces.example.org",)


@pytest.mark.parametrize("type_", ["not-spam", "auth-failure", "fraud", "other", "virus", "something"])
def test_other_feedback_accuses_nobody(type_):
    assert kinds(feedback(type_)) == {"anna@example.net": "other"}


def test_a_hidden_reader_is_found_in_the_returned_letter():
    assert kinds(feedback("abuse", "Original-Rcpt-To: redacted@example.com")) == {
        "anna@example.net": "complaint"
    }


def test_a_complaint_without_any_address_still_has_its_return_path():
    report = read_report(feedback("abuse", "Version: 1", LETTER.replace("anna@example.net", "undisclosed:;")))
    assert [(each.recipient, str(each.kind)) for each in report.bounces] == [("", "complaint")]
    assert report.returned_from


def test_outlooks_complaint_has_no_report_in_it():
    octets = (
        b"From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\n"
        b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n"
        b"X-HmXmrOriginalRecipient: anna@example.net\n" + LETTER.encode() + b"\n--o--\n"
    )
    assert kinds(octets) == {"anna@example.net": "complaint"}


def notification(type_, **detail):
    inner = {
        "notificationType": type_,
        type_.lower(): detail,
        "mail": {"source": "bounce+abc234@bounces.example.org"},
    }
    return words(
        json.dumps({"Type": "Notification", "Message": json.dumps(inner)}), sender="no-reply@sns.example.com"
    )


def test_a_services_json_is_read():
    bounced = [
        {
            "emailAddress": "anna@example.net",
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550",
        }
    ]
    report = read_report(notification("Bounce", bouncedRecipients=bounced))
    assert report.form is Form.NOTIFICATION
    assert report.returned_from == ("bounce+abc234@bounces.example.org",)
    assert kinds(notification("Bounce", bouncedRecipients=bounced)) == {"anna@example.net": "hard"}
    told = notification("Complaint", complainedRecipients=[{"emailAddress": "anna@example.net"}])
    assert kinds(told) == {"anna@example.net": "complaint"}
    assert kinds(notification("Delivery", recipients=["anna@example.net"])) == {"anna@example.net": "other"}
