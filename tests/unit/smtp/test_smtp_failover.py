"""Several relays: what one does not take, the next is asked to, and nothing is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from docchat_mailer.errors import RelayDownError, RelayRefusedError
from docchat_mailer.model.delivery import DeliveryId, Letter, Outcome, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.smtp.failover import FailoverCourier
from docchat_mailer.smtp.relay import Patience, RelaySettings, SmtpCourier
from faults.script import Rule
from faults.session import Options
from faults.sink import Sink

A, D, R, U, N = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED, Verdict.UNCERTAIN, Verdict.UNSENT
PATIENCE = Patience(goodbye=0.2)
DEAD = [Rule(at="connect", close="before", reset=True)]


def courier(sink: Sink, host: str = "127.0.0.1") -> SmtpCourier:
    settings = RelaySettings(host=host, port=sink.port, security="none", ehlo_name="me.example")
    return SmtpCourier(settings, patience=PATIENCE)


def carry(routes: FailoverCourier, count: int, *, runs: int = 1) -> list[Outcome]:
    async def letters(first: int) -> AsyncIterator[Letter]:
        for number in range(first, first + count):
            yield Letter(
                id=DeliveryId(1, number),
                sender="a@docchat.example",
                recipient=Address(local=f"r{number}", domain="example.org"),
                message=b"Subject: x\r\n\r\nx\r\n",
            )

    outcomes, order = [], []

    async def run() -> None:
        for turn in range(runs):
            async for id_, outcome in routes.deliver(letters(turn * count), lambda _id: None):
                outcomes.append(outcome)
                order.append(id_.subscriber)
        await routes.aclose()

    try:
        asyncio.run(run())
    finally:
        assert order == list(range(len(order)))
        routes.taken = outcomes
    return outcomes


def took(*sinks: Sink) -> list[str]:
    """Who got a letter; nobody twice."""
    found = [message.recipients[0] for sink in sinks for message in sink.messages]
    assert len(found) == len(set(found))
    return found


def test_while_the_first_works_the_second_hears_nothing():
    with Sink() as first, Sink() as second:
        outcomes = carry(FailoverCourier([courier(first), courier(second)]), 5)
        assert second.conversations == []
    assert [outcome.verdict for outcome in outcomes] == [A] * 5


@pytest.mark.parametrize(
    "rules",
    [
        DEAD,
        [Rule(at="greeting", reply="421 busy")],
        [Rule(at="mail", close="before")],
        [Rule(at="mail", reply="530 no")],
    ],
    ids=["dead", "busy", "hangs up", "refuses us"],
)
def test_fault_D21_the_next_takes_over_where_the_first_is_down(rules):
    with Sink(rules) as first, Sink() as second:
        routes = FailoverCourier([courier(first), courier(second)])
        outcomes = carry(routes, 8)
        assert len(took(first, second)) == len(second.messages) == 8
    assert [outcome.verdict for outcome in outcomes] == [A] * 8
    (trouble,) = routes.troubles
    assert isinstance(trouble, RelayRefusedError if rules[0].reply == "530 no" else RelayDownError)


def test_fault_D21_what_was_handed_over_does_not_move():
    rules = [
        Rule(at="body", to="r2@example.org", close="before"),
        Rule(at="body", to="r5@example.org", reply="554 no"),
    ]
    with Sink(rules) as first, Sink() as second:
        outcomes = carry(FailoverCourier([courier(first), courier(second)]), 8)
        everybody = took(first, second)
    verdicts = [outcome.verdict for outcome in outcomes]
    assert verdicts == [A, A, U, A, A, R, A, A]
    assert "r5@example.org" not in everybody
    assert len(everybody) == 7  # the server has the one in doubt


def test_fault_D21_a_refusal_of_a_reader_is_no_reason_to_move():
    rules = [
        Rule(at="rcpt", to="r1@example.org", reply="550 5.1.1 no"),
        Rule(at="mail", nth=3, reply="451 later"),
    ]
    with Sink(rules) as first, Sink() as second:
        outcomes = carry(FailoverCourier([courier(first), courier(second)]), 4)
        assert second.conversations == []
    assert [outcome.verdict for outcome in outcomes] == [A, R, D, A]


def test_fault_D21_the_first_rests_before_it_is_asked_again():
    with Sink(DEAD) as first, Sink() as second:
        carry(FailoverCourier([courier(first), courier(second)]), 2, runs=3)
        assert len(first.conversations) == 1
    with Sink(DEAD) as first, Sink() as second:
        carry(FailoverCourier([courier(first), courier(second)], rest=0), 2, runs=3)
        assert len(first.conversations) == 3


def test_fault_D21_where_all_are_down_the_letter_in_hand_waits():
    with Sink(DEAD) as first, Sink(DEAD) as second:
        routes = FailoverCourier([courier(first), courier(second)])
        with pytest.raises(RelayDownError):
            carry(routes, 5)
    assert [(outcome.verdict, outcome.reason) for outcome in routes.taken] == [(N, "network")]
    assert len(routes.troubles) == 2


def test_fault_D21_both_letters_in_hand_wait_where_the_second_is_down_too():
    with Sink([Rule(at="mail", nth=3, close="before")]) as first, Sink(DEAD) as second:
        routes = FailoverCourier([courier(first), courier(second)])
        outcomes = carry(routes, 6)
        took(first, second)
    assert [outcome.verdict for outcome in outcomes] == [A, A, N, A, A, A]


def test_a_relay_in_lock_step_stands_in_for_one_that_pipelines():
    with (
        Sink([Rule(at="data", nth=4, close="before")]) as first,
        Sink(options=Options(pipelining=False)) as second,
    ):
        outcomes = carry(FailoverCourier([courier(first), courier(second)]), 6)
        assert len(took(first, second)) == 6
    assert [outcome.verdict for outcome in outcomes] == [A] * 6


def test_routes_are_named():
    with pytest.raises(ValueError, match="route"):
        FailoverCourier([])
