"""Sending what is due: marked, handed over, recorded; with a clock of its own."""

from __future__ import annotations

import asyncio
import email
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.delivery.dispatch import Mailing
from docchat_mailer.delivery.recovering import Recovered, recover
from docchat_mailer.delivery.report import SendReport
from docchat_mailer.delivery.send_test import send_test
from docchat_mailer.delivery.sending import send_due
from docchat_mailer.dsn.verp import read_address
from docchat_mailer.errors import RelayError
from docchat_mailer.model.delivery import DeliveryState, Letter, Outcome, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.model.tokens import Purpose, make_token
from docchat_mailer.smtp.recording import RecordingCourier
from docchat_mailer.store import accounting, batches, fan_out, moves
from docchat_mailer.store.database import Database
from docchat_mailer.store.subscribers import add_subscribers, leave
from ledgers import KEY, NOW, SENDER, fanned_out, mail, publish, reader, states

S = DeliveryState
DEFER = Outcome(verdict=Verdict.DEFERRED, code=450, reason="temporary")
ACCEPT = Outcome(verdict=Verdict.ACCEPTED, code=250)


class Clock:
    def __init__(self, journal: Path) -> None:
        self.instant: datetime = NOW
        self.journal = journal

    def now(self) -> datetime:
        return self.instant


@pytest.fixture
def db(store_url):
    database = Database.open(store_url)
    yield database
    assert all(account.balanced for account in accounts(database))
    database.close()


@pytest.fixture
def clock(tmp_path) -> Clock:
    return Clock(tmp_path / "journal")


def send(db, courier, clock, *, stop=lambda: False, window=100) -> SendReport:
    return asyncio.run(
        send_due(
            db,
            courier,
            Mailing(
                key=KEY,
                sender=SENDER,
                why=lambda follow: f"You follow {follow}.",
                now=clock.now,
                jitter=lambda: 0.0,
                window=window,
            ),
            journal=clock.journal,
            stop=stop,
        )
    )


def test_letters_go_part_by_part_and_the_accounts_balance(db, clock):
    rows = fanned_out(db, readers=3, parts=2)
    courier = RecordingCourier()
    report = send(db, courier, clock)
    assert [letter.id for letter in courier.letters] == rows
    assert (report.total, report.accepted, report.done) == (6, 6, 6)
    assert set(states(db).values()) == {S.ACCEPTED}
    assert send(db, courier, clock).done == 0


def test_a_deferred_letter_comes_back_later_and_later_and_expires(db, clock):
    fanned_out(db)
    courier = RecordingCourier(lambda _letter: DEFER)
    tried = []
    while True:
        tried.append(clock.instant - NOW)
        send(db, courier, clock)
        with db.read() as c:
            due = batches.next_due(c, clock.instant)
        if due is None:
            break
        clock.instant = due - timedelta(microseconds=1)
        assert send(db, courier, clock).done == 0
        clock.instant = due
    assert [wait.total_seconds() / 60 for wait in tried[:5]] == [0, 5, 20, 80, 320]
    assert timedelta(hours=43) < tried[-1] <= timedelta(hours=48)
    with db.read() as c:
        (line,) = accounting.lines(c)
    assert (line.state, line.reason, line.code, line.attempts) == (S.REJECTED, "expired", 450, len(tried))


def test_the_same_row_is_the_same_message_whenever_it_goes(db, clock):
    fanned_out(db)
    answers = [DEFER, ACCEPT]
    courier = RecordingCourier(lambda _letter: answers.pop(0))
    send(db, courier, clock)
    clock.instant += timedelta(hours=1)
    send(db, courier, clock)
    first, second = courier.letters
    assert first.message == second.message
    assert email.message_from_bytes(first.message)["Date"] == "Mon, 01 Mar 2027 09:00:00 +0000"


def test_an_unreached_relay_costs_no_attempt(db, clock):
    fanned_out(db)
    send(db, RecordingCourier(lambda _: Outcome(verdict=Verdict.UNSENT, reason="network")), clock)
    with db.read() as c:
        (line,) = accounting.lines(c)
    assert (line.state, line.attempts, line.not_before) == (S.PENDING, 0, None)
    assert send(db, RecordingCourier(), clock).accepted == 1


def test_letters_of_a_series_answer_its_first_part(db, clock):
    fanned_out(db, readers=2, parts=3)
    courier = RecordingCourier()
    send(db, courier, clock)
    mails = [email.message_from_bytes(letter.message) for letter in courier.letters]
    first, second = mails[0]["Message-ID"], mails[1]["Message-ID"]
    assert [mail["References"] for mail in mails] == [None, None, first, second, first, second]
    assert len({mail["Message-ID"] for mail in mails}) == 6


def test_a_reader_whose_letter_cannot_be_made_is_rejected_alone(db, clock):
    with db.write() as c:
        people = [reader(1), reader(2, local="x" * 2000), reader(3, name="Eve\r\nBcc: all@example.com")]
        add_subscribers(c, [*people, reader(4)])
        fan_out.fan_out(c, mail(c, publish(c)).id, "massage", [], NOW)
    courier = RecordingCourier()
    report = send(db, courier, clock)
    assert report.accepted + report.rejected == 4
    assert [letter.id.subscriber for letter in courier.letters if letter.id.subscriber in {1, 4}] == [1, 4]
    with db.read() as c:
        third = accounting.lines(c)[2]
    assert (third.state, third.reason) == (S.REJECTED, "the letter cannot be made")
    assert not any(b"Bcc" in letter.message for letter in courier.letters)


def test_a_stop_comes_between_letters_and_nothing_stays_open(db, clock):
    fanned_out(db, readers=10)
    courier = RecordingCourier()
    report = send(db, courier, clock, stop=lambda: len(courier.letters) >= 4)
    assert (report.total, report.accepted) == (10, 4)
    with db.read() as c:
        assert accounting.sums(c) == dict.fromkeys(S, 0) | {S.ACCEPTED: 4, S.PENDING: 6}
    send(db, courier, clock)
    assert len({letter.id for letter in courier.letters}) == len(courier.letters) == 10


def test_a_doubtful_outcome_waits_for_a_person(db, clock):
    (row,) = fanned_out(db)
    courier = RecordingCourier(lambda _: Outcome(verdict=Verdict.UNCERTAIN, reason="no reply"))
    assert send(db, courier, clock).uncertain == 1
    clock.instant += timedelta(days=7)
    assert send(db, courier, clock).done == 0
    with db.write() as c:
        assert moves.decide(c, row, S.PENDING, reason="resend", now=clock.instant)
    send(db, courier, clock)
    assert courier.letters[0].message == courier.letters[1].message


def failing(error: BaseException):
    def answer(letter: Letter) -> Outcome:
        if letter.id.subscriber == 2:
            raise error
        return ACCEPT

    return answer


def test_a_relay_that_refuses_us_leaves_no_letter_in_doubt(db, clock):
    fanned_out(db, readers=3)
    with pytest.raises(RelayError):
        send(db, RecordingCourier(failing(RelayError("no"))), clock)
    assert list(states(db).values()) == [S.ACCEPTED, S.PENDING, S.PENDING]
    assert recover(db, clock.journal, clock.now()) == Recovered()
    assert send(db, RecordingCourier(), clock).accepted == 2


def test_an_interruption_in_the_middle_leaves_one_letter_in_doubt(db, clock):
    fanned_out(db, readers=3)
    with pytest.raises(KeyboardInterrupt):
        send(db, RecordingCourier(failing(KeyboardInterrupt())), clock)
    assert recover(db, clock.journal, clock.now()) == Recovered()
    assert list(states(db).values()) == [S.ACCEPTED, S.UNCERTAIN, S.PENDING]


def test_who_leaves_while_letters_go_out_gets_none(db, clock):
    fanned_out(db, readers=3)

    def last_one_leaves(letter: Letter) -> Outcome:
        if letter.id.subscriber == 1:
            with db.write() as c:
                leave(c, Address(local="reader3", domain="example.org"), clock.now())
        return ACCEPT

    report = send(db, RecordingCourier(last_one_leaves), clock, window=1)
    assert (report.accepted, report.refused) == (2, 1)
    assert list(states(db).values()) == [S.ACCEPTED, S.ACCEPTED, S.SUPPRESSED]


def test_a_deferred_part_holds_the_next_one_back_for_its_reader_alone(db, clock):
    fanned_out(db, readers=2, parts=2)
    first = [DEFER]
    courier = RecordingCourier(lambda _: first.pop() if first else ACCEPT)
    send(db, courier, clock)
    assert [tuple(letter.id)[:2] for letter in courier.letters] == [(1, 1), (1, 2), (2, 2)]
    clock.instant += timedelta(minutes=5)
    send(db, courier, clock)
    assert [tuple(letter.id)[:2] for letter in courier.letters[3:]] == [(1, 1), (2, 1)]


def test_threat_T20_every_message_holds_its_own_readers_address_and_token_and_no_others(db, clock):
    fanned_out(db, readers=3000)
    courier = RecordingCourier()
    send(db, courier, clock)
    assert len(courier.letters) == 3000
    tokens = {number: make_token(KEY, Purpose.UNSUBSCRIBE, f"{number:016x}") for number in range(1, 3001)}
    for letter in courier.letters:
        number = letter.id.subscriber
        flat = letter.message.replace(b"=\r\n", b"").replace(b"=2E", b".").replace(b"\r\n ", b"")
        assert letter.recipient == Address(local=f"reader{number}", domain="example.org")
        assert set(re.findall(rb"reader\d+@example\.org", flat)) == {str(letter.recipient).encode()}
        assert set(re.findall(rb"v1\.[A-Za-z]+\.[0-9a-f]{16}\.[\w-]+", flat)) == {tokens[number].encode()}


def test_a_test_message_goes_to_whom_was_typed_and_needs_no_database():
    courier = RecordingCourier()
    to = Address(local="me", domain="example.org")
    outcome = asyncio.run(
        send_test(courier, b"Subject: [TEST]\r\n\r\nHello\r\n", to, "letters@docchat.example")
    )
    assert outcome.verdict is Verdict.ACCEPTED
    assert [(letter.recipient, letter.id.edition) for letter in courier.letters] == [(to, 0)]


def test_the_return_path_names_the_delivery_where_a_domain_takes_bounces(db, clock):
    rows = fanned_out(db, readers=3)
    courier = RecordingCourier()
    mailing = Mailing(
        key=KEY,
        sender=replace(SENDER, bounce_domain="bounces.docchat.example"),
        why=lambda _: "",
        now=clock.now,
        jitter=lambda: 0.0,
    )
    asyncio.run(send_due(db, courier, mailing, journal=clock.journal))
    assert [read_address(KEY, letter.sender) for letter in courier.letters] == rows
    ids = [email.message_from_bytes(letter.message)["Message-ID"] for letter in courier.letters]
    assert [f"<{letter.envelope_id}@docchat.example>" for letter in courier.letters] == ids
