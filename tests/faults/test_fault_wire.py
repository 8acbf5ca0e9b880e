"""The courier to a relay against a server that fails as it is told, at every stage, with and without PIPELINING."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from docchat_mailer.errors import RelayDownError, RelayError, RelayRefusedError
from docchat_mailer.model.delivery import DeliveryId, Letter, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.smtp.relay import Limits, Patience, RelaySettings, SmtpCourier
from faults.script import Rule
from faults.session import Options
from faults.sink import Sink

A, D, R, U, N = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED, Verdict.UNCERTAIN, Verdict.UNSENT
SHORT = Patience(greeting=0.8, command=0.8, data=0.8, chunk=0.8, final=0.8, goodbye=0.2)
LONG = Patience(goodbye=0.2)
LOCK_STEP = Options(pipelining=False)
BOTH = pytest.mark.parametrize("options", [Options(), LOCK_STEP], ids=["pipelined", "lock-step"])


def letter(number: int, *, local: str = "", size: int = 0, envelope_id: str = "") -> Letter:
    lines = b"".join(b"%072d\r\n" % line for line in range(size // 74))
    return Letter(
        id=DeliveryId(1, number),
        sender="letters@docchat.example",
        recipient=Address(local=local or f"r{number}", domain="example.org"),
        message=b"Subject: %d\r\n\r\nFor r%d alone.\r\n" % (number, number) + lines,
        envelope_id=envelope_id,
    )


class Run:
    """A run of the courier: *outcomes* by reader's number, *asked* before which bodies, *error* at its end."""

    def __init__(self, port: int, *letters: Letter, patience=LONG, limits=None, **changes) -> None:
        given = {"host": "127.0.0.1", "port": port, "security": "none", "connect_seconds": 2} | changes
        self.settings = RelaySettings(ehlo_name="mailer.example", **given)
        self.courier = SmtpCourier(self.settings, patience=patience, limits=limits)
        self.letters, self.outcomes, self.asked = letters, {}, []
        self.error: RelayError | None = None
        self.story: list[str] = []

    def go(self) -> Run:
        try:
            asyncio.run(self.carry())
        except RelayError as exc:
            self.error = exc
        return self

    async def carry(self) -> None:
        async def given() -> AsyncIterator[Letter]:
            for each in self.letters:
                yield each

        def before(id_: DeliveryId) -> None:
            self.story.append(f"W{id_.subscriber}")
            self.asked.append(id_.subscriber)

        async for id_, outcome in self.courier.deliver(given(), before):
            assert id_.subscriber not in self.outcomes, "two outcomes for one letter"
            self.story.append(f"O{id_.subscriber}")
            self.outcomes[id_.subscriber] = outcome
        await self.courier.aclose()

    @property
    def verdicts(self) -> list[tuple[Verdict, str]]:
        return [(outcome.verdict, outcome.reason) for outcome in self.outcomes.values()]


def carry(sink: Sink, count: int, **changes) -> Run:
    run = Run(sink.port, *(letter(number) for number in range(1, count + 1)), **changes).go()
    clean(sink, run)
    return run


def clean(sink: Sink, run: Run, *, doubt: bool = True) -> None:
    """The client kept to the protocol, nobody got a letter twice, and nobody another one's."""
    assert sink.violations == []
    took = [message.recipients[0] for message in sink.messages]
    assert len(took) == len(set(took))
    for message in sink.messages:
        (to,) = message.recipients
        assert f"For {to.partition('@')[0]} alone.".encode() in message.raw
    for number, outcome in run.outcomes.items():
        took_it = f"r{number}@example.org" in took
        assert outcome.verdict is not A or took_it
        assert outcome.verdict not in {D, R, N} or not took_it


# -- the good way ------------------------------------------------------------------------------------------


@BOTH
def test_all_is_taken_and_each_outcome_is_told_before_the_next_body_goes(options):
    with Sink(options=options) as sink:
        run = carry(sink, 20)
    assert run.verdicts == [(A, "")] * 20
    assert run.story == [f"{mark}{number}" for number in range(1, 21) for mark in "WO"]
    assert [outcome.relay for outcome in run.outcomes.values()] == ["127.0.0.1"] * 20
    assert len(sink.conversations) == 1
    assert sink.conversations[0].commands[-1] == "QUIT"


def test_one_write_holds_a_body_and_the_next_envelope():
    with Sink() as sink:
        carry(sink, 3)
        talk = sink.conversations[0]
    groups = [data for who, data in talk.said if who == "client"]
    assert any(b"\r\n.\r\nMAIL FROM:" in data and data.endswith(b"DATA\r\n") for data in groups)


# -- before a letter is named ------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["421 4.3.2 busy", "554 5.3.2 no mail here", "450 later"])
def test_fault_D1_a_banner_that_is_no_welcome_puts_the_route_off(said):
    with Sink([Rule(at="greeting", reply=said)]) as sink:
        run = carry(sink, 3)
    assert run.verdicts == [(N, "network")]
    assert isinstance(run.error, RelayDownError)
    assert said in run.error.why


def test_fault_D1_a_greeting_that_does_not_come_puts_the_route_off():
    with Sink([Rule(at="greeting", silent=True, hang=True)]) as sink:
        run = carry(sink, 3, patience=SHORT)
    assert run.verdicts == [(N, "network")]
    assert "in time" in run.error.why


# -- 421 and temporary replies -----------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
def test_fault_D2_a_server_that_closes_defers_its_letter_alone(stage, options):
    rules = [Rule(at=stage, nth=2, reply="421 4.3.2 closing", close="after")]
    with Sink(rules, options) as sink:
        run = carry(sink, 5)
    assert run.verdicts[0] == (A, "")
    assert run.verdicts[1] == (D, "rate")
    assert set(run.verdicts[2:]) <= {(A, ""), (N, "network")}
    assert run.verdicts[-1] == (A, "")
    assert len(sink.conversations) == 2


@BOTH
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
@pytest.mark.parametrize(
    ("said", "reason"),
    [("450 busy", "temporary"), ("451 4.3.0 later", "temporary"), ("452 4.3.1 full", "temporary")],
)
def test_fault_D3_a_temporary_reply_defers_its_letter_alone(stage, options, said, reason):
    with Sink([Rule(at=stage, nth=2, reply=said)], options) as sink:
        run = carry(sink, 4)
    assert run.verdicts == [(A, ""), (D, reason), (A, ""), (A, "")]
    assert len(sink.conversations) == 1


@BOTH
def test_fault_D4_a_full_mailbox_is_told_from_a_full_disk(options):
    rules = [
        Rule(at="rcpt", to="r1@example.org", reply="452 4.2.2 mailbox full"),
        Rule(at="rcpt", to="r2@example.org", reply="452 4.3.1 no room"),
        Rule(at="rcpt", to="r3@example.org", reply="552 5.2.2 mailbox full"),
    ]
    with Sink(rules, options) as sink:
        run = carry(sink, 4)
    assert run.verdicts == [(D, "mailbox full"), (D, "temporary"), (R, "mailbox full"), (A, "")]


@BOTH
@pytest.mark.parametrize(
    "said", ["550 no", "551 not here", "553 no", "550 5.1.1 unknown", "550-5.1.1 no\n550 5.1.1 one"]
)
def test_fault_D5_an_unknown_reader_is_refused_alone(options, said):
    with Sink([Rule(at="rcpt", to="r2@example.org", reply=said)], options) as sink:
        run = carry(sink, 4)
    assert run.verdicts == [(A, ""), (R, "unknown user"), (A, ""), (A, "")]


@BOTH
def test_fault_D5_where_all_are_refused_each_has_its_own_reply(options):
    rules = [
        Rule(at="rcpt", to=f"r{number}@example.org", reply=f"550 5.1.1 no {number}") for number in range(1, 9)
    ]
    with Sink(rules, options) as sink:
        run = carry(sink, 8)
    assert [outcome.text for outcome in run.outcomes.values()] == [f"5.1.1 no {n}" for n in range(1, 9)]
    assert run.asked == []
    assert len(sink.conversations) == 1


@BOTH
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
@pytest.mark.parametrize("said", ["550 5.7.1 policy", "554 looks like spam", "550 5.7.26 DMARC"])
def test_fault_D6_a_refusal_of_the_sender_blames_no_reader(stage, options, said):
    with Sink([Rule(at=stage, nth=1, reply=said)], options) as sink:
        run = carry(sink, 2)
    assert run.verdicts == [(R, "policy"), (A, "")]


@BOTH
@pytest.mark.parametrize(
    ("stage", "said"), [("mail", "552 too big"), ("body", "552 too big"), ("data", "554 5.3.4 big")]
)
def test_fault_D7_a_letter_that_is_too_big_stays_as_it_was(stage, said, options):
    with Sink([Rule(at=stage, nth=1, reply=said)], options) as sink:
        run = carry(sink, 2)
    assert run.verdicts == [(N, "too big"), (A, "")]


def test_fault_D7_what_is_over_the_offered_size_is_not_sent():
    with Sink(options=Options(size=2000)) as sink:
        run = Run(sink.port, letter(1), letter(2, size=4000), letter(3)).go()
        clean(sink, run)
        assert b"r2@" not in sink.client
    assert run.verdicts == [(A, ""), (N, "too big"), (A, "")]
    assert "2000" in run.outcomes[2].text


@BOTH
def test_fault_D8_a_refusal_after_the_dot_is_its_letters_own(options):
    with Sink([Rule(at="body", nth=2, reply="554 5.6.0 no")], options) as sink:
        run = carry(sink, 3)
    assert run.verdicts == [(A, ""), (R, "content"), (A, "")]


@BOTH
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
@pytest.mark.parametrize("said", ["530 5.7.0 log in", "535 no", "550 5.1.8 bad sender"])
def test_fault_D9_a_refusal_of_our_settings_stops_the_route(stage, options, said):
    with Sink([Rule(at=stage, nth=2, reply=said)], options) as sink:
        run = carry(sink, 6)
    assert run.verdicts[:2] == [(A, ""), (N, "configuration")]
    assert set(run.verdicts[2:]) <= {(N, "configuration")}
    assert len(run.verdicts) <= 3
    assert isinstance(run.error, RelayRefusedError)
    assert run.error.exit_code == 78


@pytest.mark.parametrize(
    ("mechanisms", "good"), [(("PLAIN",), True), (("LOGIN",), True), (("CRAM-MD5",), False)]
)
def test_fault_D9_the_login_is_by_what_is_offered(mechanisms, good):
    options = Options(login=("jane", "a word"), login_in_clear=True, mechanisms=mechanisms)
    with Sink(options=options) as sink:
        run = carry(sink, 1, username="jane", password="a word")
    assert run.verdicts == [(A, "") if good else (N, "configuration")]
    assert good or isinstance(run.error, RelayRefusedError)


def test_fault_D9_a_wrong_password_stops_the_route_and_a_busy_one_puts_it_off():
    options = Options(login=("jane", "a word"), login_in_clear=True)
    with Sink(options=options) as sink:
        run = carry(sink, 2, username="jane", password="another")
        assert isinstance(run.error, RelayRefusedError)
        assert "another" not in str(run.error)
        sink.script.add(Rule(at="auth", reply="454 4.7.0 later"))
        run = carry(sink, 2, username="jane", password="a word")
        assert isinstance(run.error, RelayDownError)
        assert sink.messages == []


# -- lost connections --------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_fault_D10_lost_before_the_dot_leaves_no_doubt(stage, reset, options):
    with Sink([Rule(at=stage, nth=2, close="before", reset=reset)], options) as sink:
        run = carry(sink, 4)
    assert run.verdicts[0] == (A, "")
    assert run.verdicts[1] == (N, "network")
    assert run.verdicts[-1] == (A, "")
    assert 2 not in run.asked


@BOTH
@pytest.mark.parametrize("reset", [False, True])
def test_fault_D10_lost_after_the_dot_leaves_one_in_doubt(reset, options):
    with Sink([Rule(at="body", nth=2, close="before", reset=reset)], options) as sink:
        run = carry(sink, 4)
    assert run.verdicts[:2] == [(A, ""), (U, "no reply")]
    assert set(run.verdicts[2:]) <= {(A, ""), (N, "network")}
    assert run.verdicts[-1] == (A, "")


@BOTH
def test_fault_D10_lost_in_the_midst_of_a_long_letter_leaves_no_doubt(options):
    with Sink([Rule(at="body", nth=1, after=100_000, reset=True)], options) as sink:
        run = Run(sink.port, letter(1, size=8_000_000), letter(2)).go()
        clean(sink, run)
    assert run.verdicts == [(N, "network"), (A, "")]


@BOTH
def test_a_long_letter_arrives_whole(options):
    with Sink(options=options) as sink:
        long = letter(2, size=1_000_000)
        run = Run(sink.port, letter(1), long, letter(3)).go()
        clean(sink, run)
        assert sink.messages[1].raw == long.message
    assert run.verdicts == [(A, "")] * 3


@BOTH
def test_fault_D11_a_reply_after_our_patience_is_doubt_and_does_no_harm(options):
    with Sink([Rule(at="body", nth=2, delay=1.5)], options) as sink:
        run = carry(sink, 4, patience=SHORT)
    assert run.verdicts[:2] == [(A, ""), (U, "no reply")]
    assert run.verdicts[-1] == (A, "")
    assert "in time" in run.outcomes[2].text


@pytest.mark.parametrize("pace", [0, 1])
def test_fault_D12_a_server_that_takes_nothing_is_given_up_and_others_go_on(pace):
    rules = [Rule(at="data", to="r1@example.org", pace=pace)]
    with Sink(rules) as sink:
        slow = Run(sink.port, letter(1, size=20_000_000), patience=SHORT)
        quick = Run(sink.port, *(letter(number) for number in range(2, 30)))

        async def both() -> None:
            await asyncio.gather(slow.carry(), quick.carry())

        asyncio.run(both())
    assert slow.verdicts == [(N, "network")]
    assert "takes no more" in slow.outcomes[1].text
    assert quick.verdicts == [(A, "")] * 28


# -- nonsense ----------------------------------------------------------------------------------------------

NONSENSE = {
    "garbage": Rule(at="any", raw="hello there\r\n"),
    "endless": Rule(at="any", endless=True),
    "long line": Rule(at="any", raw="250 " + "x" * 3000 + "\r\n"),
    "long reply": Rule(at="any", raw="250-and more\r\n" * 10_000 + "250 end\r\n"),
    "NUL": Rule(at="any", raw="250 o\0k\r\n"),
    "bare LF": Rule(at="any", raw="250 ok\n"),
    "bare CR": Rule(at="any", raw="250 ok\rMAIL\r\n"),
    "two codes": Rule(at="any", raw="250-one\r\n251 two\r\n"),
    "1yz": Rule(at="any", reply="150 going"),
    "6yz": Rule(at="any", reply="650 what"),
    "a short code": Rule(at="any", raw="25 ok\r\n"),
    "no gap": Rule(at="any", raw="250ok\r\n"),
    "nothing": Rule(at="any", raw="\r\n"),
}


def at(rule: Rule, stage: str, nth: int) -> Rule:
    kept = {name: getattr(rule, name) for name in ("raw", "reply", "endless", "more")}
    return Rule(at=stage, nth=nth, **kept)


@BOTH
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
@pytest.mark.parametrize("kind", NONSENSE)
def test_fault_D13_what_is_no_reply_ends_the_connection(kind, stage, options):
    with Sink([at(NONSENSE[kind], stage, 2)], options) as sink:
        run = carry(sink, 4)
    doubt = stage == "body"
    assert run.verdicts[:2] == [(A, ""), (U, "no reply") if doubt else (N, "out of step")]
    assert set(run.verdicts[2:]) <= {(A, ""), (N, "out of step")}
    assert run.verdicts[-1] == (A, "")


@pytest.mark.parametrize("stage", ["greeting", "ehlo"])
@pytest.mark.parametrize("kind", NONSENSE)
def test_fault_D13_a_welcome_that_is_none_puts_the_route_off(kind, stage):
    with Sink([at(NONSENSE[kind], stage, 1)]) as sink:
        run = carry(sink, 2)
    assert run.verdicts == [(N, "network")]
    assert isinstance(run.error, RelayDownError)


# -- out of step -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("more", ["250 2.0.0 once more", "550 5.1.1 once more"])
def test_fault_D14_a_surplus_reply_is_nobodys(stage, more, options):
    with Sink([Rule(at=stage, nth=2, more=more)], options) as sink:
        run = carry(sink, 5)
    assert run.verdicts[:2] == [(A, ""), (N, "out of step")]
    assert set(run.verdicts[2:]) <= {(A, ""), (N, "out of step")}
    assert run.verdicts[-1] == (A, "")
    assert all(
        "once more" not in outcome.text for outcome in run.outcomes.values() if outcome.verdict is not N
    )


@BOTH
@pytest.mark.parametrize("more", ["250 2.0.0 once more", "550 5.1.1 once more", "354 once more"])
def test_fault_D14_a_surplus_reply_to_a_dot_is_not_the_next_letters(more, options):
    with Sink([Rule(at="body", nth=2, more=more)], options) as sink:
        run = carry(sink, 5)
    # an invitation that early may as well mean that the reply to the dot is missing
    doubt = more.startswith("354") and options.pipelining
    assert run.verdicts[:2] == [(A, ""), (U, "out of step") if doubt else (A, "")]
    assert (R, "unknown user") not in run.verdicts
    assert run.verdicts[-1] == (A, "")


@BOTH
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
def test_fault_D14_a_missing_reply_is_not_made_up_by_the_next(stage, options):
    with Sink([Rule(at=stage, nth=2, silent=True)], options) as sink:
        run = carry(sink, 4, patience=SHORT)
    verdict, reason = run.verdicts[1]
    assert verdict is (U if stage == "body" else N)
    assert reason in {"no reply", "out of step", "network"}
    assert run.verdicts[-1] == (A, "")


@BOTH
@pytest.mark.parametrize(
    ("stage", "said"), [("mail", "354 go"), ("rcpt", "354 go"), ("data", "250 ok"), ("body", "354 go")]
)
def test_fault_D14_a_yes_of_the_wrong_kind_is_none(stage, said, options):
    with Sink([Rule(at=stage, nth=2, raw=f"{said}\r\n")], options) as sink:
        run = carry(sink, 4)
    assert run.verdicts[1] == ((U if stage == "body" else N), "out of step")
    assert run.verdicts[-1] == (A, "")


def test_fault_D14_after_that_the_route_goes_in_lock_step():
    with Sink([Rule(at="rcpt", nth=2, more="250 once more")]) as sink:
        run = carry(sink, 8)
        after = sink.conversations[1]
    assert run.verdicts[-1] == (A, "")
    assert not [
        data for who, data in after.said if who == "client" and data.count(b"\r\n") > 1 and b"RCPT" in data
    ]


@BOTH
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "body"])
@pytest.mark.parametrize(
    "said", ["500 what", "501 syntax", "502 5.5.1 no", "503 order", "504 no", "555 5.5.4 no"]
)
def test_a_command_that_is_not_understood_is_tried_once_more_in_lock_step(stage, said, options):
    with Sink([Rule(at=stage, nth=2, reply=said)], options) as sink:
        run = carry(sink, 4)
        assert len(sink.conversations) == 2
    assert run.verdicts == [(A, "")] * 4


@BOTH
def test_a_command_that_is_never_understood_is_a_rejection_of_its_letter_alone(options):
    with Sink([Rule(at="rcpt", to="r2@example.org", reply="501 syntax")], options) as sink:
        run = carry(sink, 4)
    assert run.verdicts == [(A, ""), (R, "protocol"), (A, ""), (A, "")]


# -- what is not offered -----------------------------------------------------------------------------------


def test_fault_D15_without_any_extension_letters_go_one_by_one():
    options = Options(pipelining=False, size=None, smtputf8=False, eight_bit=False, enhanced=False)
    with Sink(options=options) as sink:
        run = Run(sink.port, letter(1), letter(2, local="jürgen"), letter(3)).go()
        assert sink.violations == []
    assert run.verdicts == [(A, ""), (R, "needs-smtputf8"), (A, "")]


def test_fault_D15_smtputf8_is_asked_for_where_it_is_needed():
    with Sink() as sink:
        run = Run(sink.port, letter(1), letter(2, local="jürgen"), letter(3)).go()
        assert sink.violations == []
        assert [message.sender_options for message in sink.messages] == [(), ("SMTPUTF8",), ()]
        assert sink.messages[1].recipients == ("jürgen@example.org",)
    assert run.verdicts == [(A, "")] * 3


def test_fault_D15_a_server_that_knows_no_ehlo_is_greeted_the_old_way():
    with Sink([Rule(at="ehlo", reply="502 5.5.1 what?")]) as sink:
        run = carry(sink, 2)
    assert run.verdicts == [(A, "")] * 2


def test_a_report_is_to_name_the_delivery_where_dsn_is_offered():
    with Sink(options=Options(dsn=True)) as sink:
        Run(sink.port, letter(1, envelope_id="e+1=a b"), letter(2)).go()
        assert sink.violations == []
        assert sink.messages[0].sender_options == ("RET=HDRS", "ENVID=e+2B1+3Da+20b")
        assert sink.messages[1].sender_options == ("RET=HDRS",)


# -- TLS ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["454 4.7.0 not now", "502 no", "250 ok"])
def test_fault_D17_a_server_that_does_not_begin_tls_hears_nothing_more(said):
    with Sink([Rule(at="ehlo", reply="250 hello\n250 STARTTLS"), Rule(at="starttls", reply=said)]) as sink:
        run = carry(sink, 2, security="starttls", username="jane", password="word")
        assert b"AUTH" not in sink.client
        assert b"MAIL" not in sink.client
    assert run.verdicts == [(N, "configuration")]
    assert run.error.exit_code == 78


@pytest.mark.parametrize("more", ["250 hello", "220", "x"])
def test_fault_D17_words_in_the_clear_after_starttls_are_not_believed(more):
    rules = [
        Rule(at="ehlo", reply="250 hello\n250 STARTTLS"),
        Rule(at="starttls", raw=f"220 go\r\n{more}\r\n", hang=True),
    ]
    with Sink(rules) as sink:
        run = carry(sink, 2, security="starttls", username="jane", password="word")
        assert b"AUTH" not in sink.client
        assert b"MAIL" not in sink.client
    assert run.verdicts == [(N, "configuration")]
    assert "in the clear" in run.error.why


def test_fault_D16_a_handshake_that_hangs_is_given_up():
    with Sink([Rule(at="greeting", silent=True, hang=True)]) as sink:
        run = carry(sink, 2, security="tls", connect_seconds=0.3)
    assert run.verdicts == [(N, "network")]
    assert isinstance(run.error, RelayDownError)


# -- reaching it -------------------------------------------------------------------------------------------


def test_fault_D18_a_name_that_is_none_puts_the_route_off_and_bounces_nobody():
    run = Run(25, letter(1), letter(2), host="relay.invalid", security="starttls").go()
    assert run.verdicts == [(N, "network")]
    assert isinstance(run.error, RelayDownError)


def test_fault_D18_one_of_two_addresses_may_be_dead(monkeypatch):
    real = socket.getaddrinfo

    def two(host, port, *rest, **named):
        if host != "two.example":
            return real(host, port, *rest, **named)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.9", dead)), (*kind, ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        dead = free.getsockname()[1]
        with Sink() as sink:
            settings = RelaySettings(host="two.example", port=sink.port, security="starttls")
            object.__setattr__(settings, "security", "none")
            run = Run(sink.port, letter(1))
            run.courier = SmtpCourier(settings, patience=SHORT)
            run.go()
    assert run.verdicts == [(A, "")]


def test_fault_D19_a_throttled_sender_is_told_from_any_other_delay():
    with Sink([Rule(at="mail", nth=2, reply="450 4.7.1 slow down")]) as sink:
        run = carry(sink, 3)
    assert run.verdicts == [(A, ""), (D, "rate"), (A, "")]


def test_fault_D20_a_connection_ends_before_the_servers_limit():
    rules = [Rule(at="mail", connection=number, nth=6, reply="421 4.7.0 enough") for number in range(1, 9)]
    with Sink(rules) as sink:
        run = carry(sink, 23, limits=Limits(messages=5))
        assert len(sink.conversations) == 5
        assert all(talk.commands[-1] == "QUIT" for talk in sink.conversations)
    assert run.verdicts == [(A, "")] * 23


@BOTH
def test_fault_D22_a_reset_that_fails_costs_a_connection_and_no_letter(options):
    rules = [
        Rule(at="rcpt", to="r2@example.org", reply="550 5.1.1 no"),
        Rule(at="data", to="r2@example.org", reply="554 no"),
        Rule(at="rset", reply="500 what"),
    ]
    with Sink(rules, options) as sink:
        run = carry(sink, 4)
        assert len(sink.conversations) == 2
    assert run.verdicts[:2] == [(A, ""), (R, "unknown user")]
    assert run.verdicts[-1] == (A, "")


@pytest.mark.parametrize(
    "rule", [Rule(at="quit", hang=True), Rule(at="quit", close="before"), Rule(at="quit", reply="500 no")]
)
def test_fault_D22_a_goodbye_that_fails_does_no_harm(rule):
    with Sink([rule]) as sink:
        run = carry(sink, 2)
    assert run.verdicts == [(A, "")] * 2


@pytest.mark.parametrize("answer", ["250 2.0.0 queued nothing", "554 5.5.1 no recipients", "451 later"])
def test_fault_D23_where_data_is_invited_for_nobody_a_lone_dot_answers(answer):
    rules = [
        Rule(at="rcpt", to="r2@example.org", reply="550 5.1.1 no"),
        Rule(at="data", to="r2@example.org", reply="354 go"),
        Rule(at="body", to="r2@example.org", reply=answer),
    ]
    with Sink(rules) as sink:
        run = carry(sink, 4)
        assert [(message.recipients, message.raw) for message, _ in sink.refused] == [((), b"")]
        assert len(sink.conversations) == 1
    assert run.verdicts == [(A, ""), (R, "unknown user"), (A, ""), (A, "")]
    assert run.outcomes[2].text == "5.1.1 no"
    assert 2 not in run.asked


def test_fault_D23_the_last_letter_leaves_the_connection_clean():
    rules = [
        Rule(at="rcpt", to="r2@example.org", reply="550 5.1.1 no"),
        Rule(at="data", to="r2@example.org", reply="354 go"),
    ]
    with Sink(rules) as sink:
        run = carry(sink, 2)
        assert sink.conversations[0].commands[-1] == "QUIT"
    assert run.verdicts == [(A, ""), (R, "unknown user")]
