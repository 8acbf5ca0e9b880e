"""A mailing is stopped: before the fan-out all of it, while letters leave what waits, and the sum holds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.delivery.cancelling import cancel, reach, settle_cancelled
from docchat_mailer.delivery.dispatch import Mailing
from docchat_mailer.delivery.fan_out import fan_out_due
from docchat_mailer.delivery.sending import send_due
from docchat_mailer.errors import UsageError
from docchat_mailer.model.delivery import DeliveryState, Outcome, Verdict
from docchat_mailer.model.publication import EditionState, Kind
from docchat_mailer.smtp.recording import RecordingCourier
from docchat_mailer.store import accounting, batches, cancelling, editions, subscribers, windows
from docchat_mailer.store.database import Database
from docchat_mailer.store.schema import batches as batch_table, deliveries
from ledgers import KEY, NOW, SENDER, fanned_out, mail, publish, reader, states

S = DeliveryState
MAILING = Mailing(key=KEY, sender=SENDER, why=lambda _: "", now=lambda: NOW, jitter=lambda: 0.0, window=10)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request, tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    database = Database.open(url if request.param == "sqlite" else request.getfixturevalue("pg_url"))
    yield database
    assert all(account.balanced for account in accounts(database))
    database.close()


def open_batches(db: Database) -> int:
    with db.read() as c:
        return len(c.execute(select(batch_table.c.id).where(batches.IS_OPEN)).all())


def test_what_is_not_fanned_out_never_is(db):
    with db.write() as c:
        subscribers.add_subscribers(c, [reader(1), reader(2)])
        edition = mail(c, publish(c))
    found = reach(db, "massage/1")
    assert (found.edition, found.fanned_out, found.spared, found.stoppable) == (edition.id, False, 2, True)
    assert cancel(db, edition.id, NOW) == 0
    assert fan_out_due(db, NOW) == []
    assert not reach(db, "1").stoppable


def test_a_cancel_that_comes_between_the_look_and_the_fan_out_wins(db, monkeypatch):
    with db.write() as c:
        subscribers.add_subscribers(c, [reader(1)])
        edition = mail(c, publish(c))
    looked = editions.to_fan_out

    def look_then_cancel(c, live_by=None):
        waiting = looked(c, live_by)
        with db.write() as other:
            cancelling.cancel(other, edition.id, NOW)
        return waiting

    monkeypatch.setattr(editions, "to_fan_out", look_then_cancel)
    assert fan_out_due(db, NOW) == []
    with db.read() as c:
        assert accounting.sums(c, edition.id)[S.PENDING] == 0


def test_what_waits_is_cancelled_with_the_reason_and_what_is_settled_stays(db):
    rows = fanned_out(db, readers=4)
    with db.write() as c:
        for row, state in zip(rows, (S.ACCEPTED, S.REJECTED, S.UNCERTAIN, S.PENDING), strict=True):
            where = deliveries.c.subscriber_id == row.subscriber
            c.execute(update(deliveries).where(where).values(state=state))
    assert cancel(db, 1, NOW) == 1
    with db.read() as c:
        lines = accounting.lines(c)
    assert [line.state for line in lines] == [S.ACCEPTED, S.REJECTED, S.UNCERTAIN, S.CANCELLED]
    assert lines[3].reason == cancelling.REASON
    assert open_batches(db) == 0
    assert cancel(db, 1, NOW) == 0


def test_letters_on_their_way_settle_by_themselves_and_nothing_follows_them(db, tmp_path):
    fanned_out(db, readers=30)
    seen = []

    def answer(letter):
        if not seen:
            assert cancel(db, 1, NOW) == 20
        seen.append(letter.id)
        return Outcome(verdict=Verdict.DEFERRED if len(seen) == 3 else Verdict.ACCEPTED, code=250)

    asyncio.run(send_due(db, RecordingCourier(answer), MAILING, journal=tmp_path / "journal"))
    assert len(seen) == 10
    with db.read() as c:
        sums = accounting.sums(c, 1)
    assert (sums[S.ACCEPTED], sums[S.CANCELLED], sums[S.PENDING]) == (9, 20, 1)
    assert settle_cancelled(db, NOW) == 1
    assert settle_cancelled(db, NOW) == 0
    assert open_batches(db) == 0


def test_a_batch_somebody_works_on_is_left_to_them_until_they_are_gone(db):
    fanned_out(db, readers=2)
    with db.write() as c:
        claim = batches.claim(c, 1, "theirs", NOW)
        [first, _] = windows.waiting_rows(c, claim)
        windows.open_rows(c, claim, [first.id], now=NOW, gate=NOW + timedelta(minutes=1))
    assert cancel(db, 1, NOW) == 1
    assert settle_cancelled(db, NOW) == 0
    assert open_batches(db) == 1
    with db.write() as c:
        c.execute(update(batch_table).values(lease_until=NOW - timedelta(days=3650)))
        assert cancelling.left_over(c) == [1]
    settle_cancelled(db, NOW)
    assert set(states(db).values()) == {S.UNCERTAIN, S.CANCELLED}
    assert open_batches(db) == 0


def test_of_a_part_with_two_mailings_the_one_that_can_be_stopped_is_meant(db):
    with db.write() as c:
        subscribers.add_subscribers(c, [reader(1)])
        mail(c, publish(c, kind=Kind.ANNOUNCEMENT))
        mail(c, publish(c))
    with pytest.raises(UsageError, match=r"editions 1 \(announcement\), 2 \(release\)"):
        reach(db, "massage/1")
    cancel(db, 1, NOW)
    assert reach(db, "massage/1").edition == 2
    assert reach(db, "1").state is EditionState.CANCELLED


@pytest.mark.parametrize("target", ["7", "massage/2", "massage", "massage/", "/1", "sleep/1", ""])
def test_what_names_no_mailing_is_told(db, target):
    fanned_out(db)
    with pytest.raises(UsageError):
        reach(db, target)
