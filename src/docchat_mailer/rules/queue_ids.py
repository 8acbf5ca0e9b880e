"""The name under which a relay keeps a letter, as its yes to the final dot tells it.

RFC 5321 section 4.2.1 leaves the text of a reply to the server; each row is the habit of some of them, with
an example.  With that name a relay's own log, or its support, finds the letter.
"""

from __future__ import annotations

import re

HABITS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    # Exchange also quotes our Message-ID and says "Queued mail": its row comes first
    ("Exchange", re.compile(r"\[InternalId=(\d+)"), "<1@x> [InternalId=4711, Hostname=mx] Queued mail"),
    ("Postfix", re.compile(r"\bqueued as <?([\w.@-]+)", re.IGNORECASE), "Ok: queued as 4Qdf3M1xyz"),
    ("Gmail", re.compile(r"^OK +\d+ (\S+) - gsmtp"), "OK  1700000000 ab12-20020a05.317 - gsmtp"),
    ("Exim", re.compile(r"\bids?=<?([\w.-]+)"), "OK id=1qXyZa-0001Ab-2C"),
    ("Haraka", re.compile(r"^Message Queued \(([\w.-]+)\)", re.IGNORECASE), "Message Queued (5F3A-9.1)"),
    ("qmail", re.compile(r"^ok (\d+ qp \d+)", re.IGNORECASE), "ok 1700000000 qp 12345"),
    (
        "Sendmail, OpenSMTPD",
        re.compile(r"^([\w.-]+) Message accepted"),
        "0A1B2C3D Message accepted for delivery",
    ),
    ("SES", re.compile(r"^Ok ([\w-]{20,})$"), "Ok 0100018b2c3d4e5f-1a2b3c4d-000000"),
)
"""Who answers so, what finds the name, and how it looks."""

ENHANCED = re.compile(r"^\s*2\.\d{1,3}\.\d{1,3}\s+")
"""The enhanced code in front of many replies (RFC 2034 section 4)."""


def queue_id(reply: str) -> str:
    """The relay's name for the letter it took with *reply*, the text without its code; empty for none."""
    said = ENHANCED.sub("", reply, count=1).strip()
    found = (pattern.search(said) for _, pattern, _ in HABITS)
    return next((one.group(1) for one in found if one), "")
