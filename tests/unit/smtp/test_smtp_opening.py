"""From the greeting to the login, reply by reply."""

from __future__ import annotations

import base64

import pytest

from docchat_mailer.errors import RelayDownError, RelayRefusedError
from docchat_mailer.smtp.offers import Offers, offers_of
from docchat_mailer.smtp.opening import Say, Secure, opening
from docchat_mailer.smtp.reading import Reply
from docchat_mailer.smtp.route import RelaySettings

WORD = base64.b64encode(b"\0jane\0a word").decode()


def played(settings: RelaySettings, *replies: str) -> tuple[list[str], Offers | None]:
    """What was said to these replies, and what was offered where it came to its end."""
    steps, said, left = opening(settings, "me.example"), [], list(replies)
    try:
        step = next(steps)
        while True:
            if isinstance(step, Secure):
                said.append("TLS")
                step = next(steps)
                continue
            assert isinstance(step, Say)
            if step.command:
                said.append(step.command.decode().removesuffix("\r\n"))
            if not left:
                return said, None
            lines = left.pop(0).split("|")
            step = steps.send(Reply(int(lines[0][:3]), tuple(line[4:] for line in lines)))
    except StopIteration as done:
        return said, done.value


def route(security="none", **changes) -> RelaySettings:
    return RelaySettings(host="127.0.0.1", port=25, security=security, **changes)


JANE = {"username": "jane", "password": "a word"}
HELLO = "250 relay|250 PIPELINING|250 AUTH PLAIN LOGIN"


def test_hello_is_enough_on_this_machine():
    said, offers = played(route(), "220 hi", "250 relay|250 PIPELINING|250 SIZE 1000")
    assert said == ["EHLO me.example"]
    assert offers == Offers(pipelining=True, size=1000)


def test_what_was_offered_before_tls_is_forgotten():
    said, offers = played(route("starttls"), "220 hi", f"{HELLO}|250 STARTTLS", "220 go", "250 relay|250 DSN")
    assert said == ["EHLO me.example", "STARTTLS", "TLS", "EHLO me.example"]
    assert offers == Offers(dsn=True)


def test_tls_from_the_first_byte_comes_before_the_greeting():
    said, offers = played(route("tls", **JANE), "220 hi", HELLO, "235 welcome")
    assert said == ["TLS", "EHLO me.example", f"AUTH PLAIN {WORD}"]
    assert offers is not None


@pytest.mark.parametrize(
    ("mechanisms", "replies", "words"),
    [
        ("PLAIN", ["235 ok"], [f"AUTH PLAIN {WORD}"]),
        ("PLAIN", ["334 ", "235 ok"], [f"AUTH PLAIN {WORD}", WORD]),
        ("LOGIN", ["334 x", "334 y", "235 ok"], ["AUTH LOGIN", "amFuZQ==", "YSB3b3Jk"]),
        ("XOAUTH2 LOGIN CRAM-MD5", ["334 x", "334 y", "235 ok"], ["AUTH LOGIN", "amFuZQ==", "YSB3b3Jk"]),
    ],
)
def test_a_login_is_plain_where_it_can_be(mechanisms, replies, words):
    said, offers = played(route(**JANE), "220 hi", f"250 relay|250 AUTH {mechanisms}", *replies)
    assert said == ["EHLO me.example", *words]
    assert offers is not None


@pytest.mark.parametrize("said", ["535 no", "534 5.7.9 too weak", "501 what", "334 more and more"])
def test_fault_D9_a_login_that_is_refused_stops_the_route(said):
    with pytest.raises(RelayRefusedError, match="refuses the login of 'jane'") as caught:
        played(route(**JANE), "220 hi", HELLO, *[said] * 3)
    assert "a word" not in str(caught.value)
    assert WORD not in str(caught.value)


@pytest.mark.parametrize("said", ["454 4.7.0 later", "421 busy"])
def test_a_login_that_is_put_off_puts_the_route_off(said):
    with pytest.raises(RelayDownError):
        played(route(**JANE), "220 hi", HELLO, said)


def test_threat_T18_no_word_of_a_login_without_tls():
    with pytest.raises(RelayRefusedError, match="no STARTTLS"):
        played(route("starttls", **JANE), "220 hi", HELLO)
    for refusal in ("454 not now", "501 no", "250 ok", "221 bye"):
        with pytest.raises(RelayRefusedError, match="does not begin TLS"):
            played(route("starttls", **JANE), "220 hi", f"{HELLO}|250 STARTTLS", refusal)


@pytest.mark.parametrize("at", range(1, 6))
def test_fault_D2_a_server_that_closes_before_any_letter_puts_the_route_off(at):
    good = ["220 hi", f"{HELLO}|250 STARTTLS", "220 go", HELLO, "235 welcome"]
    with pytest.raises(RelayDownError, match="421"):
        played(route("starttls", **JANE), *good[: at - 1], "421 closing", "421 closing")


def test_a_server_that_knows_no_ehlo_offers_nothing():
    said, offers = played(route(), "220 hi", "502 what", "250 relay")
    assert said == ["EHLO me.example", "HELO me.example"]
    assert offers == Offers()
    with pytest.raises(RelayDownError):
        played(route(), "220 hi", "502 what", "502 what")
    with pytest.raises(RelayDownError):
        played(route(), "220 hi", "451 later")


@pytest.mark.parametrize(
    ("lines", "offers"),
    [
        (["relay says PIPELINING"], Offers()),
        (
            ["relay", "pipelining", "8bitmime", "SmtpUtf8"],
            Offers(pipelining=True, eight_bit=True, smtputf8=True),
        ),
        (["relay", "SIZE"], Offers()),
        (["relay", "SIZE 0"], Offers()),
        (["relay", "SIZE lots"], Offers()),
        (["relay", "SIZE " + "9" * 300], Offers()),
        (["relay", "SIZE ²"], Offers()),
        (["relay", "", " "], Offers()),
        (["relay", "AUTH=LOGIN PLAIN"], Offers(auth=frozenset({"LOGIN", "PLAIN"}))),
        (["relay", "ENHANCEDSTATUSCODES", "STARTTLS"], Offers(enhanced=True, starttls=True)),
    ],
)
def test_what_is_offered_is_read_leniently(lines, offers):
    assert offers_of(lines) == offers


def test_a_password_is_in_no_representation():
    assert "a word" not in repr(route(**JANE))
