"""How far a mailing is, how fast it goes and when it ends, as the ledger tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

import pytest
from sqlalchemy import update

from docchat_mailer.delivery.progress import Progress, progress, watch
from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.publication import EditionState, Kind
from docchat_mailer.rules.rates import speed, time_left
from docchat_mailer.store import batches, editions
from docchat_mailer.store.database import Database
from docchat_mailer.store.schema import batches as batch_table, deliveries
from ledgers import NOW, fanned_out

S = DeliveryState
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request):
    database = Database.open("sqlite://" if request.param == "sqlite" else request.getfixturevalue("pg_url"))
    yield database
    database.close()


def settle(db: Database, first: int, last: int, at: datetime, state: DeliveryState = S.ACCEPTED) -> None:
    with db.write() as c:
        where = deliveries.c.subscriber_id.between(first, last)
        c.execute(update(deliveries).where(where).values(state=state, changed_at=at))


def test_nothing_is_under_way_before_a_fan_out_and_while_it_is_paused(db):
    assert progress(db, NOW) is None
    fanned_out(db, readers=2)
    with db.write() as c:
        editions.set_edition_state(c, 1, EditionState.PAUSED)
    assert progress(db, NOW) is None


def test_the_speed_is_that_of_the_last_minute_and_the_end_follows_from_it(db):
    fanned_out(db, readers=200)
    settle(db, 1, 20, NOW + 10 * SECOND)
    settle(db, 21, 140, NOW + 90 * SECOND)
    settle(db, 141, 145, NOW + 90 * SECOND, S.SUPPRESSED)
    now = NOW + 100 * SECOND
    assert progress(db, now) == Progress(
        edition=1,
        part="massage/1",
        kind=Kind.RELEASE,
        done=145,
        total=200,
        rate=2.0,
        ends_at=now + timedelta(seconds=28),
    )


def test_a_mailing_that_began_a_moment_ago_is_reckoned_from_its_beginning(db):
    fanned_out(db, readers=100)
    settle(db, 1, 40, NOW + 3 * SECOND)
    seen = progress(db, NOW + 4 * SECOND)
    assert (seen.rate, seen.ends_at) == (10.0, NOW + 10 * SECOND)


def test_where_nothing_moves_there_is_no_end(db):
    fanned_out(db, readers=3)
    seen = progress(db, NOW + timedelta(hours=1))
    assert (seen.done, seen.rate, seen.ends_at) == (0, 0.0, None)


def test_the_oldest_edition_is_told_of_until_it_is_all_out(db):
    fanned_out(db, readers=1, parts=2)
    assert progress(db, NOW).part == "massage/1"
    with db.write() as c:
        c.execute(update(batch_table).where(batch_table.c.edition_id == 1).values(state="done"))
        assert batches.open_editions(c) == [2]
    assert progress(db, NOW).part == "massage/2"


def test_a_watch_looks_sleeps_and_looks_again(db):
    fanned_out(db, readers=30)
    clock, slept = [NOW], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += timedelta(seconds=seconds)
        settle(db, 10 * len(slept) - 9, 10 * len(slept), clock[0])

    looks = list(islice(watch(db, lambda: clock[0], sleep, timedelta(seconds=5)), 4))
    assert slept == [5.0, 5.0, 5.0]
    assert [seen.done for seen in looks] == [0, 10, 20, 30]
    assert [seen.rate for seen in looks] == [0.0, 2.0, 2.0, 2.0]
    assert [seen.ends_at and seen.ends_at - NOW for seen in looks] == [
        None,
        timedelta(seconds=15),
        timedelta(seconds=15),
        timedelta(seconds=15),
    ]


def test_a_speed_is_over_a_second_at_least_and_no_end_is_a_year_away():
    assert speed(5, timedelta(0)) == 5.0
    assert time_left(10, 0.0) is None
    assert time_left(10**9, 0.5) is None
    assert time_left(0, 2.0) == timedelta(0)
