"""The ledger: every row moves along the table of states and no other way."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import select, update

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.delivery.fan_out import fan_out_due
from docchat_mailer.delivery.recovering import Recovered, recover
from docchat_mailer.model.delivery import TRANSITIONS, DeliveryId, DeliveryState, Outcome, Verdict
from docchat_mailer.model.publication import EditionState
from docchat_mailer.model.subscriber import Address, Follow, Scope, SubscriberState
from docchat_mailer.rules.audience import may_receive
from docchat_mailer.store import (
    accounting,
    batches,
    editions,
    fan_out,
    moves,
    subscribers,
    suppressions,
    windows,
)
from docchat_mailer.store.batches import Claim
from docchat_mailer.store.database import Database
from docchat_mailer.store.schema import batches as batch_table, deliveries
from docchat_mailer.store.windows import Settlement
from ledgers import NOW, fanned_out, hash_of, mail, publish, reader, states

S = DeliveryState
GATE = NOW + timedelta(minutes=1)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def db(store_url):
    database = Database.open(store_url)
    yield database
    database.close()


def put_into(db, id_: DeliveryId, state: DeliveryState, token: str | None = None) -> None:
    with db.write() as c:
        c.execute(update(deliveries).where(*moves._key(id_)).values(state=state, token=token))


def claims(c, edition=1, token="mine", now=NOW) -> list[Claim]:
    """Every batch of an edition that may be claimed."""
    table = batch_table.c
    its_own = c.execute(select(table.id).where(table.edition_id == edition, batches.IS_OPEN)).scalars()
    found = [batches.claim(c, batch, token, now) for batch in its_own.all()]
    return [claim for claim in found if claim is not None]


def open_all(c, edition=1, token="mine", now=NOW) -> dict[DeliveryId, datetime]:
    """Open every row of an edition that may be opened."""
    opened = {}
    for claim in claims(c, edition, token, now):
        wanted = [due.id for due in windows.waiting_rows(c, claim)]
        opened |= windows.open_rows(c, claim, wanted, now=now, gate=GATE)
    return opened


def settle(c, id_, token, outcome, *, now=NOW, again=None) -> None:
    batch = c.execute(select(deliveries.c.batch_id).where(*moves._key(id_))).scalar_one()
    claim = Claim(batch=batch, edition=id_.edition, destination="other", token=token)
    windows.settle(c, claim, [Settlement(id=id_, outcome=outcome, again=again)], now=now)


# -- the table of states -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_the_operator_decides_within_the_table_and_not_over_a_worker(db, before, after):
    (row,) = fanned_out(db)
    put_into(db, row, before)
    allowed = after in TRANSITIONS[before] and S.SENDING not in {before, after}
    with db.write() as c:
        assert moves.decide(c, row, after, reason="the operator says so", now=LATER) is allowed
        (line,) = accounting.lines(c)
    assert line.state == (after if allowed else before)
    assert line.reason == ("the operator says so" if allowed else "")


def test_nobody_decides_about_a_row_that_is_not_there(db):
    with db.write() as c:
        assert not moves.decide(c, DeliveryId(1, 1), S.ACCEPTED, reason="", now=NOW)


@pytest.mark.parametrize(("before", "verdict"), list(product(S, Verdict)))
def test_an_outcome_settles_only_a_row_that_is_ours(db, before, verdict):
    after = windows.STATE_OF[verdict]
    ours = before in {S.SENDING, S.UNCERTAIN} and (after is before or after in TRANSITIONS[before])
    (row,) = fanned_out(db)
    put_into(db, row, before, "mine")
    outcome = Outcome(verdict=verdict, code=250, enhanced="2.0.0", text="x" * 300, reason="why", relay="mx")
    with db.write() as c:
        settle(c, row, "another's", outcome, now=LATER)
        assert accounting.lines(c)[0].state == before
        settle(c, row, "mine", outcome, now=LATER, again=LATER if verdict is Verdict.DEFERRED else None)
        (line,) = accounting.lines(c)
    assert line.state == (after if ours else before)
    if ours:
        charged = 0 if verdict is Verdict.UNSENT else 1
        assert (line.attempts, line.text, line.relay) == (charged, "x" * 200, "mx")
        assert line.not_before == (LATER if verdict is Verdict.DEFERRED else None)


@pytest.mark.parametrize("before", S)
def test_only_what_the_table_allows_is_sent_again(db, before):
    (row,) = fanned_out(db)
    put_into(db, row, before)
    with db.write() as c:
        if before in {S.UNCERTAIN, S.REJECTED}:
            assert moves.send_again(c, 1, [1], before=before, reason="again", now=LATER) == 1
            assert [line.state for line in accounting.lines(c)] == [S.PENDING]
        else:
            with pytest.raises(ValueError, match="not sent again"):
                moves.send_again(c, 1, [1], before=before, reason="again", now=LATER)


# -- fan-out -----------------------------------------------------------------------------------------------

FOLLOWS = st.sets(
    st.sampled_from(
        [
            Follow(Scope.SITE),
            Follow(Scope.SERIES, "massage"),
            Follow(Scope.SERIES, "sleep"),
            Follow(Scope.TAG, "back-pain"),
            Follow(Scope.TAG, "massage"),
            Follow(Scope.TAG, "rest"),
        ]
    ),
    max_size=4,
)
PERSON = st.tuples(FOLLOWS, st.sampled_from(SubscriberState), st.booleans())


@given(st.lists(PERSON, max_size=12), st.sets(st.sampled_from(["back-pain", "rest"])))
@settings(max_examples=40, deadline=None)
def test_the_audience_is_whom_the_rule_lets_in(memory_template, people, tags):
    with memory_template.write() as c:
        savepoint = c.begin_nested()
        subscribers.add_subscribers(
            c, [reader(n, follows, state=state) for n, (follows, state, _) in enumerate(people, start=1)]
        )
        for number, (_, _, barred) in enumerate(people, start=1):
            if barred:
                suppressions.suppress(c, hash_of(number), "bounced", NOW)
        edition = mail(c, publish(c))
        candidates = fan_out.fan_out(c, edition.id, "massage", sorted(tags), NOW)
        found = {line.address: line.state for line in accounting.lines(c)}
        frozen = editions.get_edition(c, edition.id)
        savepoint.rollback()
    expected = {
        f"reader{number}@example.org": S.SUPPRESSED if barred else S.PENDING
        for number, (follows, state, barred) in enumerate(people, start=1)
        if state is SubscriberState.ACTIVE and may_receive(follows, "massage", tags)
    }
    assert found == expected
    assert candidates == frozen.candidates == len(expected)
    assert frozen.prepared_at == NOW


@pytest.fixture(scope="module")
def memory_template():
    """One database for every example, which takes back what each of them wrote."""
    database = Database.open("sqlite://")
    yield database
    database.close()


def test_an_audience_is_frozen_once(db):
    fanned_out(db, readers=2)
    with db.write() as c:
        subscribers.add_subscribers(c, [reader(3)])
    with pytest.raises(ValueError, match="frozen"), db.write() as c:
        fan_out.fan_out(c, 1, "massage", [], LATER)
    assert len(states(db)) == 2
    assert fan_out_due(db, LATER) == []


def test_whoever_has_a_row_through_another_audience_gets_no_second(db):
    with db.write() as c:
        subscribers.add_subscribers(c, [reader(1)])
        publication = publish(c)
        first, second = mail(c, publication), mail(c, publication, "latecomers")
        assert fan_out.fan_out(c, first.id, "massage", [], NOW) == 1
        subscribers.add_subscribers(c, [reader(2)])
        assert fan_out.fan_out(c, second.id, "massage", [], NOW) == 1
        assert [tuple(line.id) for line in accounting.lines(c)] == [(1, 1, 0), (2, 2, 0)]


def test_of_several_at_once_one_fans_out(database_url):
    several = [Database.open(database_url) for _ in range(4)]
    with several[0].write() as c:
        subscribers.add_subscribers(c, [reader(number) for number in range(50)])
        for number in range(1, 4):
            mail(c, publish(c, number))
    done, ready = [], threading.Barrier(len(several))

    def race(db: Database) -> None:
        ready.wait()
        done.extend(fan_out_due(db, NOW))

    threads = [threading.Thread(target=race, args=(db,)) for db in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((edition.edition, edition.candidates) for edition in done) == [(1, 50), (2, 50), (3, 50)]
    assert len(states(several[0])) == 150
    assert all(account.balanced for account in accounts(several[0]))
    for db in several:
        db.close()


# -- opening a row -----------------------------------------------------------------------------------------


def test_a_row_is_opened_by_one_and_dated_once(db):
    (row,) = fanned_out(db)
    with db.write() as c:
        assert open_all(c) == {row: NOW}
        assert open_all(c, token="yours") == {}
        settle(c, row, "mine", Outcome(verdict=Verdict.DEFERRED, reason="temporary"), again=LATER)
        batches.release(c, Claim(batch=1, edition=1, destination="other", token="mine"))
        assert batches.ready(c, NOW) == []
        assert batches.next_due(c, NOW) == LATER
        (due,) = batches.ready(c, LATER)
        (again,) = windows.waiting_rows(c, Claim(batch=due, edition=1, destination="other", token="mine"))
        assert again.attempts == 1
        assert open_all(c, now=LATER) == {row: NOW}


def test_who_left_or_was_suppressed_since_the_fan_out_gets_nothing(db):
    fanned_out(db, readers=4)
    with db.write() as c:
        subscribers.leave(c, Address(local="reader1", domain="example.org"), NOW)
        suppressions.suppress(c, hash_of(2), "complained", NOW)
        subscribers.set_state(c, Address(local="reader3", domain="example.org"), SubscriberState.ERASED)
        opened = open_all(c)
        told = [(line.state, line.reason) for line in accounting.lines(c)]
    assert list(opened) == [DeliveryId(1, 4)]
    assert told == [
        (S.SUPPRESSED, "the reader is left"),
        (S.SUPPRESSED, "complained"),
        (S.SUPPRESSED, "the reader is erased"),
        (S.SENDING, ""),
    ]


def test_a_stopped_edition_is_sent_to_nobody_more(db):
    fanned_out(db, readers=1)
    with db.write() as c:
        editions.set_edition_state(c, 1, EditionState.PAUSED)
        assert batches.open_editions(c) == []
        assert batches.ready(c, NOW) == []
        editions.resume(c, 1)
        (claim,) = claims(c)
        assert windows.may_go_on(c, 1)
        editions.set_edition_state(c, 1, EditionState.CANCELLED)
        assert not windows.may_go_on(c, 1)
        windows.cancel_what_waits(c, claim, NOW)
        assert batches.release(c, claim)
        assert accounting.lines(c)[0].state is S.CANCELLED


# -- the order of parts, per reader ------------------------------------------------------------------------


@pytest.mark.parametrize("first", S)
def test_only_an_open_earlier_part_holds_the_next_one_back_and_only_for_its_reader(db, first):
    rows = fanned_out(db, readers=2, parts=2)
    put_into(db, rows[0], first)
    with db.write() as c:
        opened = open_all(c, edition=2)
        waiting = [(line.state, line.not_before) for line in accounting.lines(c, edition=2)]
    assert list(opened) == ([] if first in batches.WAITING else [rows[2]])
    assert waiting[1] == (S.PENDING, LATER)


def test_an_earlier_part_that_was_called_off_holds_nobody_back(db):
    rows = fanned_out(db, parts=2)
    with db.write() as c:
        editions.set_edition_state(c, 1, EditionState.CANCELLED)
        assert list(open_all(c, 2)) == [rows[1]]


def test_a_row_that_is_gone_meanwhile_is_not_told_to_wait(db):
    rows = fanned_out(db, parts=2)
    with db.write() as c:
        (claim,) = claims(c, 2)
    put_into(db, rows[1], S.ACCEPTED)
    with db.write() as c:
        assert windows.open_rows(c, claim, [rows[1]], now=NOW, gate=GATE) == {}
        assert accounting.lines(c, edition=2)[0].not_before is None


def test_another_series_does_not_wait(db):
    fanned_out(db)
    with db.write() as c:
        edition = mail(c, publish(c, series="sleep"))
        fan_out.fan_out(c, edition.id, "sleep", [], NOW)
        assert list(open_all(c, edition.id)) == [DeliveryId(edition.id, 1)]


# -- whose a batch is --------------------------------------------------------------------------------------


def test_a_batch_is_claimed_by_one_until_its_lease_runs_out(db, monkeypatch):
    fanned_out(db)
    with db.write() as c:
        (first,) = claims(c, token="mine")
        assert claims(c, token="yours") == []
        assert batches.renew(c, first)
        monkeypatch.setattr(batches, "LEASE", timedelta(seconds=-1))
        assert batches.renew(c, first)
        (second,) = claims(c, token="yours")
        assert second.batch == first.batch
        assert not batches.renew(c, first)
        assert batches.leased(c) == [first.batch]


def test_fault_G6_what_the_last_owner_left_open_is_uncertain_and_it_may_still_say(db):
    rows = fanned_out(db, readers=3)
    with db.write() as c:
        (claim,) = claims(c)
        windows.open_rows(c, claim, rows[:2], now=NOW, gate=GATE)
        batches.drop_leases(c, [claim.batch])
        (taken,) = claims(c, token="yours")
        assert taken.batch == claim.batch
    assert list(states(db).values()) == [S.UNCERTAIN, S.UNCERTAIN, S.PENDING]
    with db.write() as c:
        settle(c, rows[0], "mine", Outcome(verdict=Verdict.ACCEPTED))
        settle(c, rows[1], "mine", Outcome(verdict=Verdict.UNSENT))
    assert list(states(db).values()) == [S.ACCEPTED, S.PENDING, S.PENDING]


def test_what_turns_out_to_wait_opens_its_batch_again(db):
    (row,) = fanned_out(db)
    with db.write() as c:
        (claim,) = claims(c)
        windows.open_rows(c, claim, [row], now=NOW, gate=GATE)
        batches.drop_leases(c, [claim.batch])
        (taken,) = claims(c, token="yours")
        assert batches.release(c, taken)
        assert batches.ready(c, NOW) == []
        settle(c, row, "mine", Outcome(verdict=Verdict.UNSENT))
        assert batches.ready(c, NOW) == [claim.batch]


@pytest.mark.parametrize(("minute", "end"), [(0, 0), (1, 5), (4.99, 5), (5, 5), (59.5, 60)])
def test_what_is_put_off_is_collected_in_slots_of_five_minutes(db, minute, end):
    fanned_out(db)
    hour = NOW.replace(minute=0)
    with db.write() as c:
        first = batches.retry_batch(c, 1, hour + timedelta(minutes=minute))
        assert batches.retry_batch(c, 1, hour + timedelta(minutes=end)) == first
        assert batches.end_of_slot(hour + timedelta(minutes=minute)) == hour + timedelta(minutes=end)


# -- after a crash -----------------------------------------------------------------------------------------


def test_what_is_found_open_at_a_start_is_uncertain_and_late_knowledge_still_counts(db, tmp_path):
    rows = fanned_out(db, readers=3)
    with db.write() as c:
        (claim,) = claims(c)
        windows.open_rows(c, claim, rows[:2], now=NOW, gate=GATE)
    assert recover(db, tmp_path, LATER) == (Recovered() if db.is_server else Recovered(uncertain=2))
    if db.is_server:  # where another host may hold it, a lease has to run out
        with db.write() as c:
            batches.drop_leases(c, [claim.batch])
            batches.release(c, batches.claim(c, claim.batch, "another's", LATER))
    assert recover(db, tmp_path, LATER) == Recovered()
    assert list(states(db).values()) == [S.UNCERTAIN, S.UNCERTAIN, S.PENDING]
    with db.write() as c:
        settle(c, rows[0], "mine", Outcome(verdict=Verdict.ACCEPTED), now=LATER)
        assert moves.decide(c, rows[1], S.PENDING, reason="resend", now=LATER)
        settle(c, rows[1], "mine", Outcome(verdict=Verdict.ACCEPTED), now=LATER)
    assert list(states(db).values()) == [S.ACCEPTED, S.PENDING, S.PENDING]


# -- accounts ----------------------------------------------------------------------------------------------

ACTION = st.tuples(
    st.sampled_from(["open", *Verdict, *S, "leave", "suppress", "recover", "cancel"]), st.integers(0, 5)
)


@given(st.lists(ACTION, max_size=25))
@settings(max_examples=30, deadline=None)
def test_the_accounts_balance_whatever_happens(actions):
    db = Database.open("sqlite://")
    rows = fanned_out(db, readers=3, parts=2)
    for action, number in actions:
        with db.write() as c:
            act(c, action, rows[number])
    with db.read() as c:
        assert accounting.accounting_faults(c) == []
        assert sum(accounting.sums(c).values()) == 6
    assert all(account.balanced for account in accounts(db))
    assert list(states(db)) == rows
    db.close()


def act(c, action, row: DeliveryId) -> None:
    match action:
        case "open":
            for claim in claims(c, row.edition):
                windows.open_rows(c, claim, [row], now=NOW, gate=GATE)
                batches.release(c, claim)
        case Verdict():
            settle(c, row, "mine", Outcome(verdict=action), again=LATER if action == "deferred" else None)
        case S():
            moves.decide(c, row, action, reason="", now=NOW)
        case "leave":
            subscribers.leave(c, Address(local=f"reader{row.subscriber}", domain="example.org"), NOW)
        case "suppress":
            suppressions.suppress(c, hash_of(row.subscriber), "bounced", NOW)
        case "recover":
            batches.doubt(c, range(1, 100), NOW)
        case "cancel":
            editions.set_edition_state(c, row.edition, EditionState.CANCELLED)


def test_an_account_that_does_not_balance_is_told(db):
    fanned_out(db, readers=2)
    with db.write() as c:
        c.execute(deliveries.delete().where(deliveries.c.subscriber_id == 1))
        assert accounting.accounting_faults(c) == ["edition 1: 2 candidates, but 1 rows in the ledger"]
    assert [account.balanced for account in accounts(db)] == [False]


def test_lines_are_found_by_state_edition_and_address_and_read_in_pages(db):
    rows = fanned_out(db, readers=3, parts=2)
    put_into(db, rows[1], S.REJECTED)
    with db.read() as c:
        assert [line.id for line in accounting.lines(c, state=S.REJECTED)] == [rows[1]]
        assert [line.id for line in accounting.lines(c, edition=2)] == rows[3:]
        shouted = Address(local="READER2", domain="example.org")
        assert [line.id for line in accounting.lines(c, address=shouted)] == [rows[1], rows[4]]
        first = accounting.lines(c, limit=4)
        assert [line.id for line in first + accounting.lines(c, after=first[-1].id)] == rows


def test_a_naive_instant_opens_nothing(db):
    fanned_out(db)
    with db.write() as c:
        (claim,) = claims(c)
    with pytest.raises(Exception, match="no zone"), db.write() as c:
        windows.open_rows(c, claim, [DeliveryId(1, 1)], now=NOW.replace(tzinfo=None), gate=GATE)
    assert list(states(db).values()) == [S.PENDING]
