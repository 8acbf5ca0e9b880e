"""Any bytes are read, in time linear in their number, and whatever ends their lines."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, seed, settings, strategies as st

from docchat_mailer.dsn.mime import SIZE
from docchat_mailer.dsn.reading import read_report
from returned_mail import block, dsn, feedback, words

SEEDS = [
    dsn(block(status="5.1.1", said="550 5.1.1 User unknown"), block("ben@example.net", status="4.2.2")),
    feedback("abuse"),
    words("The following address(es) failed:\n\n  anna@example.net\n    550 mailbox full\n"),
    words("   ----- Transcript of session follows -----\n550 <anna@example.net>... Host unknown\n"),
    words('{"notificationType": "Bounce", "bounce": {"bouncedRecipients": [{"emailAddress": 7}]}}'),
]
PIECES = st.sampled_from(
    [
        b"\n", b"\r", b"\n\n", b"--b1\n", b"--b1--\n", b"Content-Type: multipart/mixed; boundary=b1\n", b"\xff\xfe",
        b"Content-Transfer-Encoding: base64\n", b"Content-Type: text/plain; charset=unicode_escape\n", b"=?utf-8?b?\xff?=",
        b"Final-Recipient: rfc822;\n", b"Status: 5.1.1\n", b"Final-Recipient: utf-8; \\x{FFFFFF}@example.net\n", b"@", b"<<<",
        b"\nFrom x Thu Jan  1 00:00:00 2026\nA: b\n", b"[" * 3000, b"{", b"Subject: =?x?q?=\n", b"=\n", "İ@example.net".encode(),
    ]
)  # fmt: skip


@st.composite
def broken(draw):
    octets = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(octets)))
        octets = octets[:at] + draw(PIECES) + octets[at + draw(st.integers(0, 60)) :]
    return octets


def forms(octets):
    plain = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return plain, plain.replace(b"\n", b"\r\n"), plain.replace(b"\n", b"\r")


def check(octets):
    read_report(octets)
    lf, crlf, cr = (read_report(form) for form in forms(octets))
    assert lf == crlf == cr


@seed(20261124)
@settings(max_examples=150, deadline=None)
@given(broken())
def test_broken_messages_are_read_and_line_ends_do_not_matter(octets):
    check(octets)


@seed(20261124)
@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_read(octets):
    check(octets)


@pytest.mark.long
@settings(max_examples=20_000, deadline=None)
@given(st.one_of(broken(), st.binary(max_size=2000)))
def test_a_great_many_broken_messages_are_read(octets):
    check(octets)


def calls(octets):
    """How often Python calls something while it reads."""
    count = 0

    def see(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        read_report(octets)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        b"a", b" ", b"<", b"@", b"a@b.c ", b"\n", b"x:\n", b"--b1\n", b"=?a?q?", b"<a@b.c>:\n", b"Received: from a\n",
        b"Content-Type: multipart/mixed; boundary=b1\n\n--b1\n", b"\n\nFinal-Recipient: rfc822; a@example.net",
        b"550 <a@example.net>... User unknown\n", b'{"a":', b"\n\nFrom x Thu Jan  1 00:00:00 2026\nA: b\n",
    ],
)  # fmt: skip
def test_twice_the_size_is_no_more_than_twice_the_work(piece):
    head = b"From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\nContent-Type: multipart/report; boundary=b1\n\n"
    once, twice = (head + piece * (size // len(piece)) for size in (20_000, 40_000))
    assert calls(twice) <= 2.2 * calls(once) + 500


def test_what_is_over_the_limit_is_not_looked_at():
    octets = SEEDS[0] + b"\n" * SIZE
    assert read_report(octets + b"x" * 1000) == read_report(octets)
