"""What a monitor is told is what the ledger holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from docchat_mailer.delivery.measuring import measure
from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store import batches, editions
from docchat_mailer.store.database import Database
from docchat_mailer.store.notices import notify
from docchat_mailer.store.schema import batches as batch_table, deliveries, editions as edition_table
from ledgers import NOW, fanned_out

S = DeliveryState
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request):
    database = Database.open("sqlite://" if request.param == "sqlite" else request.getfixturevalue("pg_url"))
    yield database
    database.close()


def put(db: Database, subscriber: int, **values) -> None:
    with db.write() as c:
        where = deliveries.c.subscriber_id == subscriber
        c.execute(update(deliveries).where(where).values(**values))


def test_an_empty_ledger_is_sound_and_nothing_waits(db):
    seen = measure(db, NOW)
    assert (seen.settled, seen.queue) == ({}, {"pending": 0, "sending": 0})
    assert (seen.oldest_due, seen.uncertain, seen.paused, seen.takeovers, seen.sound) == (0.0, 0, 0, 0, True)


def test_rows_are_counted_by_state_and_reason(db):
    fanned_out(db, readers=6)
    put(db, 1, state=S.ACCEPTED)
    put(db, 2, state=S.REJECTED, reason="unknown user")
    put(db, 3, state=S.UNCERTAIN, reason="no reply")
    put(db, 4, state=S.SENDING)
    seen = measure(db, NOW)
    assert seen.settled == {
        ("accepted", ""): 1,
        ("rejected", "unknown user"): 1,
        ("uncertain", "no reply"): 1,
    }
    assert (seen.queue, seen.uncertain) == ({"pending": 2, "sending": 1}, 1)
    assert seen.subscribers == {"active": 6}


def test_what_is_due_is_as_old_as_its_fan_out_or_its_retry(db):
    fanned_out(db, readers=2)
    assert measure(db, NOW + 10 * MINUTE).oldest_due == 600.0
    with db.write() as c:
        c.execute(update(batch_table).values(not_before=NOW + 5 * MINUTE))
    assert measure(db, NOW + 4 * MINUTE).oldest_due == 0.0
    assert measure(db, NOW + 7 * MINUTE).oldest_due == 120.0


def test_a_paused_mailing_is_counted_and_does_not_count_as_late(db):
    fanned_out(db, readers=2)
    with db.write() as c:
        editions.pause(c, 1, "a link is broken")
    seen = measure(db, NOW + 10 * MINUTE)
    assert (seen.paused, seen.oldest_due) == (1, 0.0)


def test_a_notice_is_due_since_it_was_asked_for(db):
    fanned_out(db, readers=2)
    with db.write() as c:
        c.execute(update(deliveries).values(state=S.ACCEPTED))
        c.execute(update(batch_table).values(state="done"))
        c.execute(update(edition_table).values(standing=True))
        notify(c, 1, 1, 7, NOW + 60 * MINUTE)
    assert measure(db, NOW + 61 * MINUTE).oldest_due == 60.0


def test_takeovers_and_rows_that_are_missing_are_seen(db):
    fanned_out(db, readers=2)
    with db.write() as c:
        claim = batches.claim(c, 1, "a", NOW)
        assert claim is not None
        c.execute(update(batch_table).values(lease_until=NOW - timedelta(days=3650)))
        assert batches.claim(c, 1, "b", NOW) is not None
        c.execute(update(edition_table).values(candidates=3))
    seen = measure(db, NOW)
    assert (seen.takeovers, seen.sound) == (1, False)
