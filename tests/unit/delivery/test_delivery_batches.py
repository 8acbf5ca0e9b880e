"""Batches: leases, several at once, editions that come back, canaries, and disks that fill up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from docchat_mailer.delivery import batch as batch_module
from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.delivery.dispatch import Mailing
from docchat_mailer.delivery.leases import Lease, LeaseLostError, Ticks
from docchat_mailer.delivery.report import SendReport
from docchat_mailer.delivery.sending import send_due
from docchat_mailer.errors import FileError
from docchat_mailer.model.delivery import DeliveryState, Letter, Outcome, Reason, Verdict
from docchat_mailer.model.publication import EditionState
from docchat_mailer.smtp.recording import RecordingCourier
from docchat_mailer.store import accounting, batches, canaries, editions, fan_out, suppressions
from docchat_mailer.store.database import Database
from docchat_mailer.store.journal import Journal
from docchat_mailer.store.schema import subscribers as people
from docchat_mailer.store.subscribers import add_subscribers
from ledgers import KEY, NOW, SENDER, fanned_out, hash_of, mail, publish, reader, states

S = DeliveryState
ACCEPT = Outcome(verdict=Verdict.ACCEPTED, code=250)
UNKNOWN = Outcome(verdict=Verdict.REJECTED, code=550, enhanced="5.1.1", reason=Reason.UNKNOWN_USER)
SPAM = Outcome(verdict=Verdict.REJECTED, code=550, enhanced="5.7.1", reason=Reason.POLICY)


@pytest.fixture
def db(database_url):
    database = Database.open(database_url)
    yield database
    assert all(account.balanced for account in accounts(database))
    database.close()


def send(
    db: Database, courier, journal: Path, *, now: datetime = NOW, connections: int = 1, window: int = 100
) -> SendReport:
    mailing = Mailing(
        key=KEY,
        sender=SENDER,
        why=lambda _: "",
        now=lambda: now,
        jitter=lambda: 0.0,
        connections=connections,
        window=window,
    )
    return asyncio.run(send_due(db, courier, mailing, journal=journal))


def answering(*refused: int, outcome: Outcome = UNKNOWN) -> Callable[[Letter], Outcome]:
    return lambda letter: outcome if letter.id.subscriber in refused else ACCEPT


# -- many at once ------------------------------------------------------------------------------------------


def test_several_connections_share_the_batches_and_nobody_gets_two(db, tmp_path):
    fanned_out(db, readers=2600)
    courier = RecordingCourier()
    report = send(db, courier, tmp_path / "journal", connections=8)
    assert report.accepted == len({letter.id for letter in courier.letters}) == len(courier.letters) == 2600
    assert list((tmp_path / "journal").iterdir()) == []


def test_a_batch_has_one_destination_and_at_most_five_hundred_rows(db):
    with db.write() as c:
        add_subscribers(c, [reader(number) for number in range(1, 1202)])
        c.execute(update(people).where(people.c.id % 4 == 0).values(destination="google", domain="gmail.com"))
        fan_out.fan_out(c, mail(c, publish(c)).id, "massage", [], NOW)
        assert batches.ready(c, NOW) == [1, 2, 3]
        sizes = [accounting.pending_in(c, [batch]) for batch in (1, 2, 3)]
        claims = [batches.claim(c, batch, f"t{batch}", NOW) for batch in (1, 2, 3)]
    assert sizes == [300, 500, 401]
    assert [claim.destination for claim in claims] == ["google", "other", "other"]


def test_fault_I14_one_bad_address_among_many_harms_no_other(db, tmp_path):
    fanned_out(db, readers=1000)
    report = send(db, RecordingCourier(answering(500)), tmp_path / "journal", connections=4)
    assert (report.accepted, report.rejected) == (999, 1)
    with db.read() as c:
        assert suppressions.suppressed(c, [hash_of(n) for n in range(1, 1001)]) == {hash_of(500)}


# -- leases ------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = Ticks(100.0, 1000.0)

    def __call__(self) -> Ticks:
        return self.now


@pytest.mark.parametrize("passed", [Ticks(130, 1000), Ticks(100, 1030), Ticks(140, 900)])
def test_a_lease_is_lost_when_either_clock_says_so_and_stays_lost(passed):
    clock = Clock()
    lease = Lease(clock)
    clock.now = Ticks(129.9, 1029.9)
    lease.check()
    clock.now = passed
    with pytest.raises(LeaseLostError):
        lease.check()
    clock.now = Ticks(100, 1000)
    with pytest.raises(LeaseLostError):
        lease.check()


def test_fault_G3_worker_stopped_past_its_lease_sends_nothing_more_and_says_what_it_knows(
    db, tmp_path, monkeypatch
):
    rows = fanned_out(db, readers=5)
    clock = Clock()
    monkeypatch.setattr(batch_module, "Lease", lambda: Lease(clock))

    def stopped_at_the_second(letter: Letter) -> Outcome:
        if letter.id == rows[1]:
            clock.now = Ticks(1000, 2000)
            with db.write() as c:
                batches.drop_leases(c, [1])
                batches.claim(c, 1, "another's", NOW)
        return ACCEPT

    courier = RecordingCourier(stopped_at_the_second)
    send(db, courier, tmp_path / "journal")
    assert [letter.id for letter in courier.letters] == rows[:2]
    assert list(states(db).values()) == [S.ACCEPTED, S.ACCEPTED, S.PENDING, S.PENDING, S.PENDING]


# -- editions that come back -------------------------------------------------------------------------------


@pytest.mark.parametrize("connections", [1, 4])
def test_incident_I13_relay_that_refuses_everybody_empties_no_list(db, tmp_path, connections):
    fanned_out(db, readers=1200)
    courier = RecordingCourier(lambda _: UNKNOWN)
    report = send(db, courier, tmp_path / "journal", connections=connections, window=10)
    assert len(courier.letters) <= 20 * connections
    assert "were refused" in report.paused[1]
    with db.read() as c:
        edition = editions.get_edition(c, 1)
        assert (edition.state, edition.reason) == (EditionState.PAUSED, report.paused[1])
        assert suppressions.suppressed(c, [hash_of(n) for n in range(1, 1201)]) == set()
    assert send(db, courier, tmp_path / "journal").done == 0


def test_fault_D5_few_unknown_readers_are_suppressed_when_the_edition_is_through(db, tmp_path):
    fanned_out(db, readers=40)
    report = send(db, RecordingCourier(answering(3, 4)), tmp_path / "journal")
    assert (report.rejected, report.paused) == (2, {})
    with db.read() as c:
        assert suppressions.suppressed(c, [hash_of(n) for n in range(1, 41)]) == {hash_of(3), hash_of(4)}


def test_fault_D6_five_refusals_for_policy_stop_the_edition_and_blame_nobody(db, tmp_path):
    fanned_out(db, readers=600)
    courier = RecordingCourier(answering(*range(100, 106), outcome=SPAM))
    report = send(db, courier, tmp_path / "journal", window=5)
    assert "policy" in report.paused[1]
    assert len(courier.letters) < 200
    with db.read() as c:
        assert suppressions.suppressed(c, [hash_of(n) for n in range(1, 601)]) == set()


def test_fault_D7_letter_that_is_too_big_stops_the_edition_and_stays_pending(db, tmp_path):
    fanned_out(db, readers=10)
    big = Outcome(verdict=Verdict.UNSENT, code=552, text="too big", reason=Reason.TOO_BIG)
    report = send(db, RecordingCourier(lambda _: big), tmp_path / "journal", window=2)
    assert "too big" in report.paused[1]
    assert set(states(db).values()) == {S.PENDING}


# -- canaries ----------------------------------------------------------------------------------------------


def with_canary(db, readers=2400) -> None:
    with db.write() as c:
        add_subscribers(c, [reader(number) for number in range(1, readers + 1)])
        fan_out.fan_out(c, mail(c, publish(c)).id, "massage", [], NOW, canary=0.01)


def test_a_canary_goes_ahead_and_the_rest_follows_when_it_was_judged(db, tmp_path):
    with_canary(db)
    courier = RecordingCourier()
    assert send(db, courier, tmp_path / "journal", connections=4).accepted == 200
    with db.read() as c:
        until = batches.next_due(c, NOW)
    assert until == NOW + canaries.WAIT
    early = send(db, courier, tmp_path / "journal", now=until - timedelta(seconds=1))
    assert early.done == 0
    assert send(db, courier, tmp_path / "journal", now=until, connections=4).accepted == 2200


def test_a_canary_that_comes_back_stops_the_edition(db, tmp_path):
    with_canary(db)
    courier = RecordingCourier(answering(*range(1, 5), outcome=SPAM))
    send(db, courier, tmp_path / "journal", window=5)
    with db.write() as c:
        c.execute(update(batches.table).values(policy=6, rejected=6))
    assert send(db, courier, tmp_path / "journal", now=NOW + canaries.WAIT).done == 0
    with db.read() as c:
        assert editions.get_edition(c, 1).state is EditionState.PAUSED


def test_a_small_audience_has_no_canary(db, tmp_path):
    with_canary(db, readers=1999)
    assert send(db, RecordingCourier(), tmp_path / "journal").accepted == 1999


# -- disks -------------------------------------------------------------------------------------------------


def test_fault_G8_journal_that_cannot_be_written_stops_the_wire_and_loses_nothing(db, tmp_path, monkeypatch):
    fanned_out(db, readers=6)
    passed = []
    write = Journal.handing_over

    def full_at_the_third(journal, number, id_):
        passed.append(id_)
        if len(passed) == 3:
            raise FileError("the journal cannot be written")
        write(journal, number, id_)

    monkeypatch.setattr(Journal, "handing_over", full_at_the_third)
    courier = RecordingCourier()
    with pytest.raises(FileError):
        send(db, courier, tmp_path / "journal")
    assert list(states(db).values()) == [S.ACCEPTED] * 2 + [S.PENDING] * 4
    assert send(db, courier, tmp_path / "journal").accepted == 4


def test_fault_G8_known_outcome_is_settled_when_the_journal_cannot_take_it(db, tmp_path, monkeypatch):
    fanned_out(db, readers=3)

    def full(_journal, _number, _id, _outcome):
        raise FileError("the journal cannot be written")

    monkeypatch.setattr(Journal, "came_back", full)
    with pytest.raises(FileError):
        send(db, RecordingCourier(), tmp_path / "journal")
    assert list(states(db).values()) == [S.ACCEPTED, S.PENDING, S.PENDING]


def test_a_ledger_that_fails_while_a_letter_is_on_the_wire_leaves_it_in_doubt(db, tmp_path, monkeypatch):
    """A courier that asks one letter ahead has one in its hands when the next window cannot be opened."""
    fanned_out(db, readers=4)

    class Ahead:
        async def deliver(self, letters, before_body):
            in_hand = None
            async for letter in letters:
                if in_hand is not None:
                    yield in_hand, ACCEPT
                before_body(letter.id)
                in_hand = letter.id
            yield in_hand, ACCEPT

    turns = []
    renew = batches.renew

    def broken_at_the_second(*args, **counts):
        turns.append(args)
        if len(turns) == 2:
            raise FileError("the database is gone")
        return renew(*args, **counts)

    monkeypatch.setattr(batches, "renew", broken_at_the_second)
    with pytest.raises(FileError):
        send(db, Ahead(), tmp_path / "journal", window=1)
    assert list(states(db).values()) == [S.UNCERTAIN, S.PENDING, S.PENDING, S.PENDING]


# -- parts that go out together ----------------------------------------------------------------------------


def test_two_parts_at_once_go_one_after_the_other_and_nobody_is_turned_away(db, tmp_path):
    rows = fanned_out(db, readers=1100, parts=2)
    courier = RecordingCourier()
    report = send(db, courier, tmp_path / "journal", connections=8)
    assert (report.accepted, report.refused) == (2200, 0)
    assert [letter.id.edition for letter in courier.letters] == [1] * 1100 + [2] * 1100
    assert {letter.id for letter in courier.letters} == set(rows)


def test_a_part_goes_to_all_but_those_whose_earlier_part_was_put_off(db, tmp_path):
    fanned_out(db, readers=600, parts=2)
    later = Outcome(verdict=Verdict.DEFERRED, code=450, reason=Reason.TEMPORARY)

    def put_off(letter: Letter) -> Outcome:
        return later if letter.id.edition == 1 and letter.id.subscriber in {5, 300} else ACCEPT

    report = send(db, RecordingCourier(put_off), tmp_path / "journal", connections=4)
    assert (report.accepted, report.deferred, report.refused) == (1196, 2, 2)
    with db.read() as c:
        waiting = accounting.lines(c, state=S.PENDING)
    assert [tuple(line.id)[:2] for line in waiting] == [(1, 5), (1, 300), (2, 5), (2, 300)]
    again = send(db, RecordingCourier(), tmp_path / "journal", now=NOW + timedelta(minutes=5))
    assert again.accepted == 4
