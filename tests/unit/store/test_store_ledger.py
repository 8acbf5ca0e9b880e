"""The ledger: every row moves along the table of states and no other way."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import update

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.delivery.fan_out import fan_out_due
from docchat_mailer.delivery.recovering import recover
from docchat_mailer.model.delivery import TRANSITIONS, DeliveryId, DeliveryState, Outcome, Verdict
from docchat_mailer.model.publication import EditionState
from docchat_mailer.model.subscriber import Address, Follow, Scope, SubscriberState
from docchat_mailer.rules.audience import may_receive
from docchat_mailer.store import accounting, editions, fan_out, ledger, moves, subscribers, suppressions
from docchat_mailer.store.database import Database
from docchat_mailer.store.moves import Opened
from docchat_mailer.store.schema import deliveries
from ledgers import NOW, fanned_out, hash_of, mail, publish, reader, states

S = DeliveryState
GATE = NOW + timedelta(minutes=1)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def db():
    database = Database.open("sqlite://")
    yield database
    database.close()


def put_into(db, id_: DeliveryId, state: DeliveryState, token: str | None = None) -> None:
    with db.write() as c:
        c.execute(update(deliveries).where(*moves._key(id_)).values(state=state, token=token))


def open_first(c, edition=1, token="mine", now=NOW):
    due = ledger.next_pending(c, edition, now)[0]
    return due.id, *moves.open_row(c, due, token, now, gate=GATE)


# -- the table of states -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_a_row_moves_as_the_table_says_and_no_other_way(db, before, after):
    (row,) = fanned_out(db)
    put_into(db, row, before)
    with db.write() as c:
        if after in TRANSITIONS[before]:
            assert moves._move(c, row, before, after, changed_at=NOW)
        else:
            with pytest.raises(ValueError, match="does not go"):
                moves._move(c, row, before, after, changed_at=NOW)
    assert states(db) == {row: after if after in TRANSITIONS[before] else before}


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
    after = moves.STATE_OF[verdict]
    ours = before in {S.SENDING, S.UNCERTAIN} and after in TRANSITIONS[before]
    (row,) = fanned_out(db)
    put_into(db, row, before, "mine")
    outcome = Outcome(verdict=verdict, code=250, enhanced="2.0.0", text="x" * 300, reason="why")
    with db.write() as c:
        assert not moves.settle(c, row, "another's", outcome, now=LATER)
        assert moves.settle(c, row, "mine", outcome, now=LATER, not_before=GATE) is ours
        (line,) = accounting.lines(c)
        assert not moves.settle(c, row, "mine", outcome, now=LATER)
    assert line.state == (after if ours else before)
    if ours:
        assert (line.attempts, line.text, line.not_before) == (1, "x" * 200, GATE)


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


def test_of_several_at_once_one_fans_out(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    several = [Database.open(url) for _ in range(4)]
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
        (due,) = ledger.next_pending(c, 1, NOW)
        assert moves.open_row(c, due, "mine", NOW, gate=GATE) == (Opened.YES, NOW)
        assert moves.open_row(c, due, "yours", NOW, gate=GATE)[0] is Opened.NO
        deferred = Outcome(verdict=Verdict.DEFERRED, reason="temporary")
        assert moves.settle(c, row, "mine", deferred, now=NOW, not_before=LATER)
        assert ledger.next_pending(c, 1, NOW) == []
        assert ledger.pending(c, 1, NOW) == 0
        assert ledger.next_due(c) == LATER
        (again,) = ledger.next_pending(c, 1, LATER)
        assert again.attempts == 1
        assert moves.open_row(c, again, "mine", LATER, gate=GATE) == (Opened.YES, NOW)


def test_who_left_or_was_suppressed_since_the_fan_out_gets_nothing(db):
    fanned_out(db, readers=4)
    with db.write() as c:
        subscribers.leave(c, Address(local="reader1", domain="example.org"), NOW)
        suppressions.suppress(c, hash_of(2), "complained", NOW)
        subscribers.set_state(c, Address(local="reader3", domain="example.org"), SubscriberState.ERASED)
        opened = [moves.open_row(c, due, "mine", NOW, gate=GATE)[0] for due in ledger.next_pending(c, 1, NOW)]
        told = [(line.state, line.reason) for line in accounting.lines(c)]
    assert opened == [Opened.NO, Opened.NO, Opened.NO, Opened.YES]
    assert told == [
        (S.SUPPRESSED, "the reader is left"),
        (S.SUPPRESSED, "complained"),
        (S.SUPPRESSED, "the reader is erased"),
        (S.SENDING, ""),
    ]


def test_a_stopped_edition_is_sent_to_nobody_more(db):
    fanned_out(db, readers=1)
    with db.write() as c:
        (due,) = ledger.next_pending(c, 1, NOW)
        editions.set_edition_state(c, 1, EditionState.PAUSED)
        assert ledger.open_editions(c) == []
        editions.set_edition_state(c, 1, EditionState.CANCELLED)
        assert moves.open_row(c, due, "mine", NOW, gate=GATE)[0] is Opened.NO
        assert accounting.lines(c)[0].state is S.CANCELLED


# -- the order of parts, per reader ------------------------------------------------------------------------


@pytest.mark.parametrize("first", S)
def test_only_an_open_earlier_part_holds_the_next_one_back_and_only_for_its_reader(db, first):
    rows = fanned_out(db, readers=2, parts=2)
    put_into(db, rows[0], first)
    with db.write() as c:
        opened = [moves.open_row(c, due, "mine", NOW, gate=GATE)[0] for due in ledger.next_pending(c, 2, NOW)]
        waiting = [(line.state, line.not_before) for line in accounting.lines(c, edition=2)]
    assert opened == [Opened.LATER if first in ledger.OPEN else Opened.YES, Opened.LATER]
    assert waiting[1] == (S.PENDING, GATE)


def test_an_earlier_part_that_was_called_off_holds_nobody_back(db):
    fanned_out(db, parts=2)
    with db.write() as c:
        editions.set_edition_state(c, 1, EditionState.CANCELLED)
        assert open_first(c, 2)[1] is Opened.YES


def test_a_row_that_is_gone_meanwhile_is_not_told_to_wait(db):
    rows = fanned_out(db, parts=2)
    with db.write() as c:
        (due,) = ledger.next_pending(c, 2, NOW)
    put_into(db, rows[1], S.ACCEPTED)
    with db.write() as c:
        assert moves.open_row(c, due, "mine", NOW, gate=GATE)[0] is Opened.NO
        assert accounting.lines(c, edition=2)[0].not_before is None


def test_another_series_does_not_wait(db):
    fanned_out(db)
    with db.write() as c:
        edition = mail(c, publish(c, series="sleep"))
        fan_out.fan_out(c, edition.id, "sleep", [], NOW)
        assert open_first(c, edition.id)[1] is Opened.YES


# -- after a crash -----------------------------------------------------------------------------------------


def test_what_is_found_open_at_a_start_is_uncertain_and_late_knowledge_still_counts(db):
    rows = fanned_out(db, readers=3)
    with db.write() as c:
        for due in ledger.next_pending(c, 1, NOW)[:2]:
            moves.open_row(c, due, "mine", NOW, gate=GATE)
    assert recover(db, LATER) == 2
    assert recover(db, LATER) == 0
    assert list(states(db).values()) == [S.UNCERTAIN, S.UNCERTAIN, S.PENDING]
    with db.write() as c:
        assert moves.settle(c, rows[0], "mine", Outcome(verdict=Verdict.ACCEPTED), now=LATER)
        assert moves.decide(c, rows[1], S.PENDING, reason="resend", now=LATER)
        assert not moves.settle(c, rows[1], "mine", Outcome(verdict=Verdict.ACCEPTED), now=LATER)
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
            for due in ledger.next_pending(c, row.edition, NOW, after=row.subscriber - 1, limit=1):
                moves.open_row(c, due, "mine", NOW, gate=GATE)
        case Verdict():
            moves.settle(c, row, "mine", Outcome(verdict=action), now=NOW)
        case S():
            moves.decide(c, row, action, reason="", now=NOW)
        case "leave":
            subscribers.leave(c, Address(local=f"reader{row.subscriber}", domain="example.org"), NOW)
        case "suppress":
            suppressions.suppress(c, hash_of(row.subscriber), "bounced", NOW)
        case "recover":
            moves.recover(c, NOW)
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
        (due,) = ledger.next_pending(c, 1, NOW)
    with pytest.raises(Exception, match="no zone"), db.write() as c:
        moves.open_row(c, replace(due, dated_at=None), "mine", NOW.replace(tzinfo=None), gate=GATE)
    assert list(states(db).values()) == [S.PENDING]
