"""The courier to a relay, against a real server."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest

from docchat_mailer.errors import ConfigError, RelayDownError, RelayError, RelayRefusedError
from docchat_mailer.model.delivery import DeliveryId, Letter, Outcome, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.smtp.relay import PATIENCE, Limits, RelaySettings, SmtpCourier
from relays import DROP, Certificates, Relay, login

A, D, R, U = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED, Verdict.UNCERTAIN
N = Verdict.UNSENT
MESSAGE = b"From: letters@docchat.example\r\nSubject: Hello\r\n\r\nHello =2E\r\n\r\nBye\r\n"


def letter(
    number: int = 1, *, local="", domain="example.org", sender="letters@docchat.example", message=MESSAGE
):
    return Letter(
        id=DeliveryId(1, number),
        sender=sender,
        recipient=Address(local=local or f"reader{number}", domain=domain),
        message=message,
    )


def settings_for(relay: Relay, **changes) -> RelaySettings:
    given = {"host": "127.0.0.1", "port": relay.port, "security": "none", "connect_seconds": 5} | changes
    return RelaySettings(ehlo_name="mailer.example", **given)


def carry(relay: Relay, *letters: Letter, taken=None, limits=None, **changes) -> list[Outcome]:
    courier = SmtpCourier(settings_for(relay, **changes), limits=limits)
    return carried(courier, *letters, taken=taken)


def carried(courier: SmtpCourier, *letters: Letter, before=lambda _id: None, taken=None) -> list[Outcome]:
    """What became of *letters*; *taken* has it also where the run ends with an error."""
    taken = [] if taken is None else taken

    async def given() -> AsyncIterator[Letter]:
        for each in letters:
            yield each

    async def run() -> None:
        ids = iter(letters)
        async for id_, outcome in courier.deliver(given(), before):
            assert id_ == next(ids).id
            taken.append(outcome)

    asyncio.run(run())
    assert len(taken) == len(letters)
    return taken


# -- replies at every stage --------------------------------------------------------------------------------

SAID = [
    ("450 4.2.1 busy", D, "temporary"),
    ("550 5.1.1 nobody", R, "unknown user"),
    ("550 5.7.1 refused", R, "policy"),
    ("552 5.3.4 too big", N, "too big"),
    ("421 4.3.2 closing", D, "rate"),
]


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "BODY"])
@pytest.mark.parametrize(("said", "verdict", "reason"), SAID)
def test_a_reply_is_its_letters_own_and_the_next_letter_is_unharmed(stage, said, verdict, reason):
    with Relay(answers={stage: said}) as relay:
        courier = SmtpCourier(settings_for(relay))

        async def letters() -> AsyncIterator[Letter]:
            yield letter(1)
            relay.answers.clear()
            yield letter(2)

        async def run() -> list[Outcome]:
            return [outcome async for _, outcome in courier.deliver(letters(), lambda _id: None)]

        first, second = asyncio.run(run())
    assert (first.verdict, first.reason, first.code) == (verdict, reason, int(said[:3]))
    assert second.verdict is A
    assert relay.bodies == [MESSAGE]
    assert relay.envelopes == [("letters@docchat.example", ["reader2@example.org"], [])]
    assert relay.connections == (2 if said.startswith("421") else 1)
    if stage != "BODY" and not said.startswith("421"):
        assert b"RSET\r\n" in relay.wire


def test_a_refused_reader_harms_nobody_else():
    with Relay(answers={"RCPT reader2@example.org": "550 5.1.1 nobody"}) as relay:
        outcomes = carry(relay, *(letter(number) for number in range(1, 5)))
    assert [outcome.verdict for outcome in outcomes] == [A, R, A, A]
    assert [to for _, (to,), _ in relay.envelopes] == [f"reader{n}@example.org" for n in (1, 3, 4)]


@pytest.mark.parametrize("said", ["530 5.7.0 log in first", "535 who are you", "550 5.1.8 bad sender"])
def test_a_relay_that_refuses_our_settings_stops_the_run_and_blames_no_letter(said):
    with Relay(answers={"MAIL": said}) as relay, pytest.raises(RelayError, match="refuses our letters"):
        carry(relay, letter())


# -- lost connections --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_body_leaves_no_doubt(stage):
    with Relay(answers={stage: DROP}) as relay:
        (outcome,) = carry(relay, letter())
    assert (outcome.verdict, outcome.reason) == (N, "network")


def test_a_connection_lost_after_the_dot_leaves_doubt():
    with Relay(answers={"BODY": DROP}) as relay:
        (outcome,) = carry(relay, letter())
    assert (outcome.verdict, outcome.reason) == (U, "no reply")
    assert relay.bodies == [MESSAGE]


def test_a_connection_lost_before_the_dot_of_a_long_message_leaves_no_doubt():
    """The last piece, with the dot, is held back until the rest is out (RFC 1047 tells why it matters)."""
    long = MESSAGE + b"x" * 70 + b"\r\n" + (b"y" * 74 + b"\r\n") * 400_000
    with Relay(answers={"DATA": "354 go on"}) as relay:

        def hang_up(_id: DeliveryId) -> None:
            relay.hang_up()

        (outcome,) = carried(SmtpCourier(settings_for(relay)), letter(message=long), before=hang_up)
    assert (outcome.verdict, outcome.reason) == (N, "network")


def test_a_refusal_stands_though_the_relay_hangs_up_on_it():
    with Relay(answers={"RCPT": "550 5.1.1 nobody"}) as relay:
        relay.answers["RSET"] = DROP
        (outcome,) = carry(relay, letter())
    assert (outcome.verdict, outcome.reason) == (R, "unknown user")


def test_a_relay_that_is_not_there_is_asked_once_and_the_letter_in_hand_waits():
    with Relay() as relay:
        pass
    outcomes, asked = [], []

    async def letters() -> AsyncIterator[Letter]:
        for number in range(10):
            asked.append(number)
            yield letter(number)

    async def run() -> None:
        async for _, outcome in SmtpCourier(settings_for(relay)).deliver(letters(), lambda _id: None):
            outcomes.append(outcome)

    with pytest.raises(RelayDownError, match="cannot be used now"):
        asyncio.run(run())
    assert [(outcome.verdict, outcome.reason) for outcome in outcomes] == [(N, "network")]
    assert asked == [0]


def test_a_relay_that_keeps_hanging_up_is_left_alone():
    taken = []
    with Relay(answers={"MAIL": DROP}) as relay, pytest.raises(RelayDownError, match="lost 3 times"):
        carry(relay, *(letter(number) for number in range(10)), taken=taken)
    assert [(outcome.verdict, outcome.reason) for outcome in taken] == [(N, "network")] * (PATIENCE + 1)
    assert relay.connections == PATIENCE


def test_losses_far_apart_do_not_add_up():
    answers = {f"RCPT reader{number}@example.org": DROP for number in range(0, 20, 4)}
    with Relay(answers=answers) as relay:
        outcomes = carry(relay, *(letter(number) for number in range(20)))
    assert [outcome.verdict for outcome in outcomes].count(N) == 5 > PATIENCE


# -- connections -------------------------------------------------------------------------------------------


def test_one_connection_carries_many_letters_and_says_goodbye():
    with Relay() as relay:
        outcomes = carry(relay, *(letter(number) for number in range(50)))
    assert {outcome.verdict for outcome in outcomes} == {A}
    assert relay.connections == 1
    assert relay.wire.count(b"EHLO mailer.example\r\n") == 1
    assert relay.wire.endswith(b"QUIT\r\n")


def test_fault_D20_a_connection_is_renewed_before_the_relay_tires_of_it():
    with Relay() as relay:
        outcomes = carry(relay, *(letter(number) for number in range(10)), limits=Limits(messages=4))
    assert {outcome.verdict for outcome in outcomes} == {A}
    assert relay.connections == 3


# -- what goes over the wire -------------------------------------------------------------------------------


def test_threat_T17_no_line_begins_with_a_dot_and_the_bytes_arrive_as_they_left():
    body = b"".join(b"line %d =2E. and ..\r\n" % number for number in range(3000))
    with Relay() as relay:
        outcomes = carry(
            relay,
            letter(1, message=MESSAGE + body),
            letter(2, message=MESSAGE + b".\r\nMAIL FROM:<evil@example.com>\r\n"),
            letter(3, message=b"." + MESSAGE),
            letter(4, message=MESSAGE[:-2]),
        )
    assert [outcome.verdict for outcome in outcomes] == [A, R, R, A]
    assert relay.bodies == [MESSAGE + body, MESSAGE]
    assert b"evil" not in relay.wire


@pytest.mark.parametrize("bad", ["\r\nDATA", "\n", "\r", "\0", " ", ">", "<", "\x7f", "\x85", "\u2028", "\t"])
@pytest.mark.parametrize("place", ["local", "domain", "sender"])
def test_threat_T16_nothing_in_an_address_becomes_a_command(place, bad):
    value = f"evil{bad}" if place != "sender" else f"letters{bad}@docchat.example"
    with Relay() as relay:
        outcomes = carry(relay, letter(1, **{place: value}), letter(2))
    assert [(outcome.verdict, outcome.reason) for outcome in outcomes] == [(R, "bad address"), (A, "")]
    assert b"evil" not in relay.wire
    assert relay.wire.count(b"DATA") == 1
    assert relay.wire.count(b"MAIL FROM") == 1


@pytest.mark.parametrize("wrong", [{"domain": "bücher.example"}, {"sender": "brief@bücher.example"}])
def test_a_domain_that_is_not_in_a_labels_is_refused_alone(wrong):
    with Relay() as relay:
        outcomes = carry(relay, letter(1, **wrong), letter(2))
    assert [outcome.verdict for outcome in outcomes] == [R, A]


def test_smtputf8_is_asked_for_where_an_address_needs_it():
    with Relay(options={"enable_SMTPUTF8": True}) as relay:
        outcomes = carry(relay, letter(1, local="jürgen"), letter(2))
    assert [outcome.verdict for outcome in outcomes] == [A, A]
    assert relay.envelopes[0][1:] == (["jürgen@example.org"], ["SMTPUTF8"])
    assert relay.envelopes[1][2] == []


def test_an_address_that_needs_smtputf8_is_refused_where_the_relay_has_none():
    with Relay() as relay:
        outcomes = carry(relay, letter(1, local="jürgen"), letter(2))
    assert [(outcome.verdict, outcome.reason) for outcome in outcomes] == [(R, "needs-smtputf8"), (A, "")]


def test_the_caller_hears_before_a_body_goes_out_and_may_prevent_it():
    class Stop(Exception):  # noqa: N818
        pass

    def before(id_: DeliveryId) -> None:
        raise Stop

    with Relay() as relay, pytest.raises(Stop):
        carried(SmtpCourier(settings_for(relay)), letter(), before=before)
    assert relay.bodies == []


# -- TLS ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("the openssl program, which makes the certificates, is missing")
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def contexts(certificates):
    return {
        "good": certificates.signed("good"),
        "wrong host": certificates.signed("other", host="other.example"),
        "expired": certificates.signed("old", start="20200101000000Z", end="20210101000000Z"),
        "self-signed": certificates.self_signed(),
    }


LOGIN = {"username": "jane", "password": "secret word"}


def secured(security: str, certificates, **changes) -> dict:
    return {"host": "localhost", "security": security, "authority": certificates.authority} | changes


def test_no_letter_goes_in_the_clear_to_another_machine():
    with pytest.raises(ConfigError, match="unencrypted"):
        RelaySettings(host="mail.example.org", port=25, security="none")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_letters_go_over_verified_tls_after_a_login(security, certificates, contexts):
    made = login(LOGIN["username"], LOGIN["password"])
    if security == "tls":
        relay = Relay(
            options=made | {"auth_require_tls": False, "auth_required": False}, ssl=contexts["good"]
        )
    else:
        relay = Relay(options=made | {"tls_context": contexts["good"], "require_starttls": True})
    with relay:
        outcomes = carry(relay, letter(1), letter(2), **secured(security, certificates, **LOGIN))
    assert [outcome.verdict for outcome in outcomes] == [A, A]
    assert relay.bodies == [MESSAGE, MESSAGE]
    assert b"AUTH PLAIN" in relay.wire
    if security == "starttls":
        assert relay.wire.index(b"STARTTLS") < relay.wire.index(b"AUTH")


def test_threat_T18_nothing_is_said_where_starttls_is_missing(certificates):
    with Relay() as relay, pytest.raises(RelayError, match="no STARTTLS"):
        carry(relay, letter(), **secured("starttls", certificates, **LOGIN))
    quiet(relay)


@pytest.mark.parametrize("kind", ["self-signed", "wrong host", "expired"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_threat_T18_nothing_is_said_to_a_relay_whose_certificate_is_wrong(
    kind, security, certificates, contexts
):
    context = contexts[kind]
    relay = Relay(ssl=context) if security == "tls" else Relay(options={"tls_context": context})
    taken = []
    with relay, pytest.raises(RelayRefusedError, match="cannot be trusted"):
        carry(relay, letter(), taken=taken, **secured(security, certificates, **LOGIN))
    (outcome,) = taken
    assert (outcome.verdict, outcome.reason) == (N, "configuration")
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.text
    quiet(relay)


def test_threat_T18_our_authority_is_needed_for_its_certificates(certificates, contexts):
    taken = []
    with Relay(options={"tls_context": contexts["good"]}) as relay, pytest.raises(RelayRefusedError):
        carry(relay, letter(), taken=taken, **secured("starttls", certificates, authority=None))
    assert [outcome.verdict for outcome in taken] == [N]
    quiet(relay)


def quiet(relay: Relay) -> None:
    """Nothing of the login and nothing of a letter reached the wire."""
    said = bytes(relay.wire).upper()
    assert not [word for word in (b"AUTH", b"MAIL FROM", b"RCPT", b"DATA", b"SUBJECT") if word in said]
    assert relay.bodies == []


def test_a_refused_login_stops_the_run_and_tells_no_password(certificates, contexts):
    made = login("jane", "another word") | {"tls_context": contexts["good"]}
    with Relay(options=made) as relay, pytest.raises(RelayError, match="refuses the login") as caught:
        carry(relay, letter(), **secured("starttls", certificates, **LOGIN))
    assert "secret word" not in str(caught.value)
    assert b"MAIL FROM" not in relay.wire
