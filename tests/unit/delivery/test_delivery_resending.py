"""What is in doubt is sent once more: last, once, the same letter; and late knowledge wins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from docchat_mailer.delivery.resending import LONGEST, WAIT, send_once_more
from docchat_mailer.model.delivery import DeliveryId, DeliveryState, Outcome, Reason, Verdict
from docchat_mailer.rules.retry import next_attempt
from docchat_mailer.store import accounting, batches, editions, windows
from docchat_mailer.store.database import Database
from docchat_mailer.store.notices import notify
from docchat_mailer.store.schema import batches as batch_table, deliveries, editions as edition_table, resends
from docchat_mailer.store.windows import Settlement
from ledgers import NOW, fanned_out, states

S = DeliveryState
UNCERTAIN = Outcome(verdict=Verdict.UNCERTAIN, reason=Reason.NO_REPLY)
LATER = NOW + WAIT


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request):
    database = Database.open("sqlite://" if request.param == "sqlite" else request.getfixturevalue("pg_url"))
    yield database
    database.close()


def sent(db: Database, batch: int, *verdicts: Verdict, now=NOW) -> list[DeliveryId]:
    """The rows of a batch, opened, and settled with these verdicts in turn; it is let go of."""
    with db.write() as c:
        claim = batches.claim(c, batch, f"token {batch}", now)
        assert claim is not None
        rows = [due.id for due in windows.waiting_rows(c, claim)]
        opened = windows.open_rows(c, claim, rows, now=now, gate=now)
        settled = [
            Settlement(id=id_, outcome=Outcome(verdict=verdict, code=250))
            for id_, verdict in zip(opened, verdicts, strict=True)
        ]
        windows.settle(c, claim, settled, now=now)
        batches.release(c, claim)
    return rows


def newest(db: Database) -> int:
    with db.read() as c:
        return newest_in(c)


def newest_in(c) -> int:
    return c.execute(select(func.max(batch_table.c.id))).scalar_one()


def test_it_is_put_back_once_and_then_stays_in_doubt(db):
    fanned_out(db, readers=2)
    lost, came = sent(db, 1, Verdict.UNCERTAIN, Verdict.ACCEPTED)
    assert send_once_more(db, LATER - timedelta(seconds=1), everywhere=True) == 0
    assert send_once_more(db, LATER, everywhere=True) == 1
    assert states(db) == {lost: S.PENDING, came: S.ACCEPTED}
    assert sent(db, newest(db), Verdict.UNCERTAIN, now=LATER) == [lost]
    assert send_once_more(db, LATER + WAIT, everywhere=True) == 0
    assert states(db)[lost] is S.UNCERTAIN
    with db.read() as c:
        assert accounting.accounting_faults(c) == []
        assert [tuple(row)[:3] for row in c.execute(select(resends))] == [tuple(lost)]


def test_date_and_attempts_stay(db):
    [id_] = fanned_out(db, readers=1)
    sent(db, 1, Verdict.UNCERTAIN)
    send_once_more(db, LATER, everywhere=True)
    with db.write() as c:
        claim = batches.claim(c, newest_in(c), "again", LATER)
        [due] = windows.waiting_rows(c, claim)
        assert (due.attempts, due.dated_at) == (1, NOW)
        assert windows.open_rows(c, claim, [id_], now=LATER, gate=LATER) == {id_: NOW}


def test_held_is_what_nobody_chose_to_send_again(db):
    fanned_out(db, readers=1)
    sent(db, 1, Verdict.UNCERTAIN)
    assert send_once_more(db, LATER, everywhere=False) == 0


def test_it_comes_last_and_does_not_wait_for_what_is_put_off(db):
    fanned_out(db, readers=501)
    sent(db, 2, Verdict.UNCERTAIN)
    assert send_once_more(db, LATER, everywhere=True) == 0
    with db.write() as c:
        c.execute(update(batch_table).where(batch_table.c.id == 1).values(not_before=LATER + WAIT))
    assert send_once_more(db, LATER, everywhere=True) == 1
    with db.read() as c:
        assert batches.ready(c, LATER + WAIT) == [1, 3]


@pytest.mark.parametrize(
    "stop", [editions.pause, lambda c, one, _: editions.set_edition_state(c, one, "cancelled")]
)
def test_a_mailing_that_is_stopped_stays_so(db, stop):
    fanned_out(db, readers=1)
    sent(db, 1, Verdict.UNCERTAIN)
    with db.write() as c:
        stop(c, 1, "a link is broken")
    assert send_once_more(db, LATER, everywhere=True) == 0


def test_old_doubts_are_left_to_the_operator(db):
    [id_] = fanned_out(db, readers=1)
    sent(db, 1, Verdict.UNCERTAIN)
    assert send_once_more(db, NOW + LONGEST + WAIT, everywhere=True) == 0
    assert states(db)[id_] is S.UNCERTAIN


def test_what_the_operator_settled_is_not_sent(db):
    [id_] = fanned_out(db, readers=1)
    sent(db, 1, Verdict.UNCERTAIN)
    with db.write() as c:
        c.execute(update(deliveries).values(state=S.ACCEPTED))
    assert send_once_more(db, LATER, everywhere=True) == 0
    assert states(db)[id_] is S.ACCEPTED


def test_what_a_dead_owner_left_open_is_in_doubt_too(db):
    fanned_out(db, readers=2)
    with db.write() as c:
        claim = batches.claim(c, 1, "dead", NOW)
        windows.open_rows(c, claim, [due.id for due in windows.waiting_rows(c, claim)], now=NOW, gate=NOW)
        assert batches.doubt(c, [1], NOW) == 2
        batches.release(c, claim)
    assert send_once_more(db, LATER, everywhere=True) == 2


def test_fault_G7_late_knowledge_wins_over_a_letter_put_back(db):
    [id_] = fanned_out(db, readers=1)
    sent(db, 1, Verdict.UNCERTAIN)
    send_once_more(db, LATER, everywhere=True)
    with db.write() as c:
        assert windows.learn_accepted(c, id_, Outcome(verdict=Verdict.ACCEPTED, code=250), LATER)
    assert sent(db, newest(db), now=LATER) == []
    assert states(db)[id_] is S.ACCEPTED
    assert send_once_more(db, LATER + WAIT, everywhere=True) == 0


def a_notice(db: Database) -> DeliveryId:
    """A notice to reader 1, asked for long after its edition was prepared."""
    fanned_out(db, readers=2)
    with db.write() as c:
        c.execute(update(deliveries).values(state=S.ACCEPTED))
        c.execute(update(batch_table).values(state="done"))
        c.execute(update(edition_table).values(standing=True, prepared_at=NOW - timedelta(days=400)))
        assert notify(c, 1, 1, 7, NOW)
    return DeliveryId(1, 1, 7)


def test_a_notice_is_sent_once_more_also_where_mailings_are_held(db):
    id_ = a_notice(db)
    assert sent(db, newest(db), Verdict.UNCERTAIN) == [id_]
    assert send_once_more(db, LATER, everywhere=False) == 1
    assert states(db)[id_] is S.PENDING


def test_a_notice_that_is_put_off_is_tried_again_however_old_its_edition_is(db):
    id_ = a_notice(db)
    with db.write() as c:
        claim = batches.claim(c, newest_in(c), "one", NOW)
        [due] = windows.waiting_rows(c, claim)
        assert due.waiting_since == NOW
        windows.open_rows(c, claim, [id_], now=NOW, gate=NOW)
        again = next_attempt(1, due.waiting_since, NOW, 0.0)
        windows.settle(
            c, claim, [Settlement(id=id_, outcome=Outcome(verdict=Verdict.DEFERRED), again=again)], now=NOW
        )
        batches.release(c, claim)
        claim = batches.claim(c, newest_in(c), "two", NOW + WAIT)
        [due] = windows.waiting_rows(c, claim)
        assert (due.waiting_since, due.attempts) == (NOW, 1)
