"""How mail servers that know no RFC 3464 begin the list of whom they could not reach: a table.

A row is found by *begins*, words above the list, or by *label*, words right before an address.  Words are in
lower case; where they have a space the text may have any, a new line too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """How addresses stand after the words."""

    LIST = "list"  # each begins a line, and what was said of it follows
    TRANSCRIPT = "transcript"  # each begins a line after a code, and what was said of it stands above
    LABEL = "label"  # it follows the words at once, and what was said stands anywhere in the text


@dataclass(frozen=True, slots=True)
class Format:
    """One way to tell."""

    name: str
    shape: Shape
    begins: re.Pattern[str]
    action: str


def _row(name: str, shape: Shape, *words: str, action: str = "") -> Format:
    spaced = ("".join(r"\s{1,20}" if c == " " else re.escape(c) for c in each) for each in words)
    return Format(name, shape, re.compile("|".join(spaced)), action)


LIST, LABEL, TRANSCRIPT = Shape.LIST, Shape.LABEL, Shape.TRANSCRIPT

FORMATS: tuple[Format, ...] = (
    _row(
        "qmail",
        LIST,
        "able to deliver your message to the following addresses.",
        "able to deliver your message to the following address.",
        "unable to deliver your message to the following addresses",
        "unable to deliver your message to the following address",
        "this is a permanent error; i've given up. sorry it didn't work out.",
    ),
    _row(
        "exim",
        LIST,
        "the following address(es) failed:",
        "the following addresses failed:",
        "the following address failed:",
        "following address(es) had errors:",
        "recipients. this is a permanent error.",
    ),
    _row(
        "exim warning",
        LIST,
        "has not yet been delivered is:",
        "have not yet been delivered are:",
        "not yet been delivered to the following",
        action="delayed",
    ),
    _row("dragonfly", LABEL, "there was an error delivering your mail to", "error delivering mail to"),
    _row(
        "sendmail",
        LIST,
        "----- the following addresses had permanent fatal errors -----",
        "----- the following addresses had permanent delivery errors -----",
        "----- the following addresses had delivery problems -----",
        "----- the following addresses had fatal errors -----",
        "--- the following addresses had delivery problems ---",
        "----- the following addresses have delivery notifications -----",
    ),
    _row(
        "sendmail warning",
        LIST,
        "----- the following addresses had transient non-fatal errors -----",
        "----- the following addresses had transient delivery problems -----",
        action="delayed",
    ),
    _row("opensmtpd", LIST, "the following list of recipients:"),
    _row(
        "exchange",
        LIST,
        "the following recipient(s) could not be reached:",
        "the following recipient(s) cannot be reached:",
        "did not reach the following recipient(s):",
        "delivery has failed to these recipients or groups:",
        "delivery has failed to these recipients or distribution lists:",
        "échec de la remise aux destinataires suivants ou groupes :",
        "fehler bei der nachrichtenzustellung an folgende empfänger oder gruppen:",
        "fehler bei der nachrichtenzustellung an folgende empfänger oder verteilerlisten:",
    ),
    _row("exchange server", LIST, "generating server:", "serveur de génération"),
    _row(
        "google",
        LIST,
        "delivery to the following recipient failed permanently:",
        "delivery to the following recipients failed permanently:",
        "delivery to the following recipient failed.",
        "delivery to the following recipients failed.",
        "delivery to the following recipients failed:",
    ),
    _row("google warning", LIST, "delivery to the following recipient has been delayed:", action="delayed"),
    _row("gmail", LABEL, "your message wasn't delivered to", "problem delivering your message to"),
    _row(
        "courier",
        LIST,
        "your message to the following recipients cannot be delivered:",
        "message to the following recipients could not be delivered",
    ),
    _row("domino", LIST, "was not delivered to:", "wasn't delivered to:"),
    _row("notes", LIST, "------- failure reasons --------", "failure reasons"),
    _row("james", LIST, "failed recipient(s):"),
    _row("messaging server", LABEL, "recipient address:"),
    _row("powermta", LIST, "list of the affected recipients;", "affected recipients:"),
    _row("mailmarshal", LIST, "the following recipients were affected:"),
    _row(
        "postfix",
        LIST,
        "be delivered to one or more recipients. it's attached below.",
        "could not be delivered to one or more recipients.",
        "could not be delivered to the following recipients",
        "if you do so, please include this problem report. you can delete your own text from the"
        " attached returned message.",
    ),
    _row(
        "mobile carrier",
        LABEL,
        "could not be delivered to:",
        "message could not be delivered to",
        "mail could not be delivered to",
    ),
    _row(
        "mobile carrier",
        LIST,
        "each of the following recipients was rejected by a remote mail server.",
        "the following recipients did not receive this message:",
        "the user(s) account is disabled.",
        "the user(s) account is temporarily over quota.",
        "the user(s) account is temporarily limited.",
    ),
    _row(
        "gateway",
        LABEL,
        "unable to deliver message to:",
        "unable to deliver message to",
        "unable to deliver to",
        "unable to send message to",
        "failed to deliver message to",
        "failed to deliver to",
        "delivery failed to",
        "delivery failed for",
        "delivery failed:",
        "could not deliver message to",
        "could not deliver the message to",
        "could not deliver mail to",
        "addressed to:",
        "rejected recipient",
        "failed address:",
        "failed recipient:",
        "undeliverable to",
        "undeliverable address:",
        "undelivered to",
        "not delivered to",
        "could not be sent to",
        "mail to recipient",
        "message to recipient",
        "user mailbox exceeds allowed size:",
        "unknown user:",
        "invalid final delivery user:",
        "invalid final delivery userid:",
        "mailbox unavailable:",
        "no such user:",
        "recipient:",
        "address:",
        "your message to",
        "your mail to",
        "your email to",
        "收信地址",
        "收件人",
        "宛先",
    ),
    _row(
        "gateway",
        LIST,
        "unable to deliver message to the following address(es).",
        "unable to deliver message to the following recipients",
        "couldn't be delivered to the following",
        "could not be delivered to the following",
        "not be delivered to the following",
        "cannot be delivered to the following",
        "not delivered to the following",
        "delivery failed to the following",
        "failed to deliver to the following",
        "undeliverable to the following",
        "message to the following",
        "mail to the following",
        "failed for the following",
        "the following recipients:",
        "the following recipient:",
        "the following recipient(s):",
        "the following addresses:",
        "the following address:",
        "the following address(es):",
        "following recipients",
        "following recipient",
        "following addresses",
        "following address",
    ),
    _row("sendmail transcript", TRANSCRIPT, "----- transcript of session follows -----"),
    _row("james command", LABEL, "rcpt to:"),
)
"""In the order in which they are tried; the first that names anybody is believed."""
