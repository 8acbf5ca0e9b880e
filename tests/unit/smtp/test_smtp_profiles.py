"""What relays do to a letter, tried against doubles of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from docchat_mailer.model.delivery import DeliveryId, Letter, Outcome, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.rules.queue_ids import queue_id
from docchat_mailer.smtp.profiles import PROFILES, Returns
from docchat_mailer.smtp.relay import RelaySettings, SmtpCourier
from faults.doubles import DOUBLES
from faults.sink import Sink

MESSAGE = b"Message-ID: <1@docchat.example>\r\nDate: now\r\nSubject: x\r\n\r\nx\r\n"


def sent(double: str) -> tuple[Outcome, bytes]:
    """What a relay of that kind said to a letter, and what it passes on."""
    with Sink(double=DOUBLES[double]) as sink:
        settings = RelaySettings(host="127.0.0.1", port=sink.port, security="none", ehlo_name="me.example")

        async def one() -> AsyncIterator[Letter]:
            yield Letter(
                id=DeliveryId(1, 1),
                sender="a@docchat.example",
                recipient=Address(local="jane", domain="example.org"),
                message=MESSAGE,
            )

        async def run() -> Outcome:
            (settled,) = [out async for _, out in SmtpCourier(settings).deliver(one(), lambda _id: None)]
            return settled

        return asyncio.run(run()), sink.stored[0]


@pytest.mark.parametrize("name", PROFILES)
def test_a_row_says_what_the_double_does(name):
    outcome, stored = sent(name)
    profile = PROFILES[name]
    assert outcome.verdict is Verdict.ACCEPTED
    for line in MESSAGE.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        field = line.partition(b":")[0].decode().lower()
        assert (line in stored) == (field not in profile.rewrites), field
    assert profile.keeps_ids == (b"<1@docchat.example>" in stored)


@pytest.mark.parametrize(("name", "start"), [("generic", "4Q"), ("ses", "0100")])
def test_the_relays_own_name_for_a_letter_stands_in_its_reply(name, start):
    outcome, _ = sent(name)
    assert queue_id(outcome.text).startswith(start)
    assert queue_id(outcome.text) in outcome.text


@pytest.mark.parametrize("name", ["postmark", "mailgun"])
def test_where_it_does_not_an_event_tells(name):
    outcome, _ = sent(name)
    assert queue_id(outcome.text) == ""
    assert PROFILES[name].returns is Returns.EVENT


def test_where_events_tell_of_returns_they_carry_our_delivery():
    for profile in PROFILES.values():
        assert (profile.returns is Returns.EVENT) == bool(profile.delivery_field)
        assert profile.source


def test_a_mean_relay_leaves_nothing_to_find_a_letter_by():
    outcome, stored = sent("mean")
    assert outcome.verdict is Verdict.ACCEPTED
    assert b"docchat.example>" not in stored
    assert queue_id(outcome.text) == ""
