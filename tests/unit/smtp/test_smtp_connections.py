"""Connections: shared by calls, used again, given up in good order; over TLS as well."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator

import pytest

from docchat_mailer.errors import RelayError, RelayRefusedError
from docchat_mailer.failpoints import arm
from docchat_mailer.model.delivery import DeliveryId, Letter, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.smtp.relay import Limits, Patience, RelaySettings, SmtpCourier
from faults.script import Rule
from faults.session import Options
from faults.sink import Sink
from relays import Certificates

A, U, N = Verdict.ACCEPTED, Verdict.UNCERTAIN, Verdict.UNSENT
PATIENCE = Patience(goodbye=0.2)


def letter(number: int, size: int = 0) -> Letter:
    return Letter(
        id=DeliveryId(1, number),
        sender="a@docchat.example",
        recipient=Address(local=f"r{number}", domain="example.org"),
        message=b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 74 + b"\r\n") * (size // 76),
    )


async def some(*letters: Letter) -> AsyncIterator[Letter]:
    for each in letters:
        yield each


def courier(sink: Sink, limits: Limits | None = None, **changes) -> SmtpCourier:
    given = {"host": "127.0.0.1", "security": "none", "connect_seconds": 5} | changes
    settings = RelaySettings(port=sink.port, ehlo_name="me.example", **given)
    return SmtpCourier(settings, patience=PATIENCE, limits=limits)


async def verdicts(using: SmtpCourier, *letters: Letter) -> list[Verdict]:
    return [outcome.verdict async for _, outcome in using.deliver(some(*letters), lambda _id: None)]


# -- the pool ----------------------------------------------------------------------------------------------


def test_calls_at_once_have_connections_of_their_own_up_to_a_limit():
    with Sink() as sink:
        using = courier(sink, Limits(connections=3))

        async def run() -> None:
            calls = [verdicts(using, *(letter(10 * call + n) for n in range(10))) for call in range(8)]
            assert await asyncio.gather(*calls) == [[A] * 10] * 8
            assert len([talk for talk in sink.conversations if not talk.ended]) <= 3
            await using.aclose()

        asyncio.run(run())
        assert len(sink.messages) == 80
        assert len(sink.conversations) == 3
        assert [talk.commands[-1] for talk in sink.conversations] == ["QUIT"] * 3
        assert sink.violations == []


def test_a_connection_serves_one_call_after_the_other():
    with Sink() as sink:
        using = courier(sink)

        async def run() -> None:
            for call in range(5):
                assert await verdicts(using, letter(2 * call), letter(2 * call + 1)) == [A, A]

        asyncio.run(run())
        assert len(sink.conversations) == 1


def test_a_loop_that_ends_says_goodbye_and_another_opens_anew():
    with Sink() as sink:
        using = courier(sink)
        for number in range(3):
            assert asyncio.run(verdicts(using, letter(number))) == [A]
        assert [talk.commands[-1] for talk in sink.conversations] == ["QUIT"] * 3


def test_after_aclose_a_courier_can_be_used_again():
    with Sink() as sink:
        using = courier(sink)

        async def run() -> None:
            for number in range(2):
                assert await verdicts(using, letter(number)) == [A]
                await using.aclose()
            await using.aclose()

        asyncio.run(run())
        assert len(sink.conversations) == 2


@pytest.mark.parametrize("says", ["", "421 4.4.2 idle"])
def test_a_connection_that_died_in_the_pool_costs_no_letter(says):
    with Sink() as sink:
        using = courier(sink)

        async def run() -> None:
            assert await verdicts(using, letter(1)) == [A]
            sink.hang_up()
            assert await verdicts(using, letter(2), letter(3)) == [A, A]

        asyncio.run(run())
        assert len(sink.conversations) == 2


def test_a_connection_that_dies_as_it_is_taken_up_again_costs_no_letter():
    with Sink([Rule(at="mail", nth=2, close="before", reset=True)]) as sink:
        using = courier(sink)

        async def run() -> None:
            assert await verdicts(using, letter(1)) == [A]
            assert await verdicts(using, letter(2), letter(3)) == [A, A]

        asyncio.run(run())
        assert len(sink.conversations) == 2


def test_an_old_connection_is_not_taken_up_again():
    with Sink() as sink:
        using = courier(sink, Limits(seconds=0))

        async def run() -> None:
            assert await verdicts(using, *(letter(number) for number in range(3))) == [A] * 3

        asyncio.run(run())
        assert len(sink.conversations) == 3
        assert [talk.commands[-1] for talk in sink.conversations] == ["QUIT"] * 3


# -- who calls may fail ------------------------------------------------------------------------------------


class StopError(Exception):
    """What a caller may raise."""


@pytest.mark.parametrize("pipelining", [True, False])
def test_where_the_caller_forbids_a_body_nothing_more_is_handed_over(pipelining):
    def before(id_: DeliveryId) -> None:
        if id_.subscriber == 3:
            raise StopError

    with Sink(options=Options(pipelining=pipelining)) as sink:
        using, seen = courier(sink), []

        async def run() -> None:
            async for id_, outcome in using.deliver(some(*(letter(n) for n in range(1, 6))), before):
                seen.append((id_.subscriber, outcome.verdict))

        with pytest.raises(StopError):
            asyncio.run(run())
        assert seen == [(1, A), (2, A)]
        assert len(sink.messages) == 2
        assert sink.conversations[0].commands[-1] == "DATA"


@pytest.mark.parametrize("pipelining", [True, False])
def test_where_the_letters_fail_the_one_in_hand_is_finished(pipelining):
    async def failing() -> AsyncIterator[Letter]:
        yield letter(1)
        yield letter(2)
        raise StopError

    with Sink(options=Options(pipelining=pipelining)) as sink:
        using, seen = courier(sink), []

        async def run() -> None:
            async for _, outcome in using.deliver(failing(), lambda _id: None):
                seen.append(outcome.verdict)

        with pytest.raises(StopError):
            asyncio.run(run())
        assert seen == [A, A]
        assert len(sink.messages) == 2


def test_who_stops_listening_leaves_no_half_letter():
    with Sink() as sink:
        using = courier(sink)

        async def run() -> None:
            told = using.deliver(some(*(letter(number) for number in range(9))), lambda _id: None)
            async for _id, _outcome in told:
                break
            await told.aclose()
            assert await verdicts(using, letter(20)) == [A]

        asyncio.run(run())
        assert [message.recipients[0] for message in sink.messages] == ["r0@example.org", "r20@example.org"]
        assert len(sink.conversations) == 2


def test_a_cancelled_call_frees_its_place():
    with Sink([Rule(at="data", nth=1, silent=True, hang=True)]) as sink:
        using = courier(sink, Limits(connections=1))

        async def run() -> None:
            call = asyncio.create_task(verdicts(using, letter(1)))
            await asyncio.sleep(0.1)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await verdicts(using, letter(2)) == [A]

        asyncio.run(run())


def test_at_most_one_letter_is_asked_for_ahead():
    asked, told = [], []

    async def letters() -> AsyncIterator[Letter]:
        for number in range(6):
            asked.append(number)
            assert len(asked) - len(told) <= 2
            yield letter(number)

    with Sink([Rule(at="rcpt", nth=3, reply="550 5.1.1 no")]) as sink:
        using = courier(sink)

        async def run() -> None:
            async for id_, _ in using.deliver(letters(), lambda _id: None):
                told.append(id_.subscriber)

        asyncio.run(run())
    assert told == asked == list(range(6))


@pytest.mark.parametrize(
    ("orders", "found"),
    [("wire.mid_body:1:drop", [N, A]), ("wire.after_dot:1:drop", [U, A])],
    ids=["before the dot", "after the dot"],
)
def test_fault_D10_a_connection_cut_on_our_side_is_told_the_same(orders, found):
    with Sink(options=Options(pipelining=False)) as sink:
        arm(orders)
        try:
            assert asyncio.run(verdicts(courier(sink), letter(1, size=200_000), letter(2))) == found
        finally:
            arm("")


# -- what goes over the wire -------------------------------------------------------------------------------


def test_threat_T17_a_server_that_ends_lines_at_a_bare_lf_gets_one_message():
    inner = b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<x@example.com>\r\nDATA\r\nevil\r\n.\r\n"
    ends = [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\n.\r", b"\r\n\x00.\r\n"]
    letters = [
        Letter(
            id=DeliveryId(1, number),
            sender="a@docchat.example",
            recipient=Address(local=f"r{number}", domain="example.org"),
            message=b"Subject: x\r\n\r\nhello" + end + inner,
        )
        for number, end in enumerate(ends)
    ]
    with Sink(options=Options(lax=True)) as sink:
        found = asyncio.run(verdicts(courier(sink), *letters, letter(50)))
        assert [message.sender for message in sink.messages] == ["a@docchat.example"] * len(sink.messages)
        assert sink.messages[-1].recipients == ("r50@example.org",)
    assert found[-1] is A
    assert found.count(Verdict.REJECTED) == len(ends)


# -- TLS ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("the openssl program, which makes the certificates, is missing")
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def context(certificates):
    return certificates.signed("wire")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_letters_are_pipelined_over_tls_after_a_login(security, mechanism, certificates, context):
    options = Options(
        tls=context, implicit=security == "tls", login=("jane", "a word"), mechanisms=(mechanism,)
    )
    given = {"security": security, "host": "localhost", "authority": certificates.authority}
    with Sink(options=options) as sink:
        using = courier(sink, username="jane", password="a word", **given)
        big = letter(5, size=700_000)
        assert asyncio.run(verdicts(using, letter(1), letter(2), big, letter(6))) == [A] * 4
        assert {(message.tls, message.login) for message in sink.messages} == {(True, "jane")}
        assert sink.messages[2].raw == big.message
        assert sink.violations == []
        assert sink.conversations[0].commands[-1] == "QUIT"


def test_fault_D10_over_tls_too_what_has_no_dot_is_not_sent(certificates, context):
    given = {"security": "starttls", "host": "localhost", "authority": certificates.authority}
    with Sink([Rule(at="body", nth=1, after=100_000, reset=True)], Options(tls=context)) as sink:
        found = asyncio.run(verdicts(courier(sink, **given), letter(1, size=9_000_000), letter(2)))
    assert found == [N, A]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fault_D16_tls_that_is_too_old_is_refused(certificates):
    old = certificates.signed("old-tls")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    given = {"security": "starttls", "host": "localhost", "authority": certificates.authority}
    with Sink(options=Options(tls=old)) as sink:
        with pytest.raises(RelayError):  # refused, or, where the server says nothing of it, down
            asyncio.run(verdicts(courier(sink, **given), letter(1)))
        assert b"MAIL" not in sink.client


def test_fault_D16_an_authority_that_cannot_be_read_stops_the_route(tmp_path, context):
    given = {"security": "starttls", "host": "localhost", "authority": tmp_path / "none.pem"}
    with Sink(options=Options(tls=context)) as sink:
        with pytest.raises(RelayRefusedError, match=r"none\.pem"):
            asyncio.run(verdicts(courier(sink, **given), letter(1)))
        assert b"MAIL" not in sink.client
