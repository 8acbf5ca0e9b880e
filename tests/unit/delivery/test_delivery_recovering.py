"""After a crash: what the journal says, what it does not say, and what is never sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.delivery.recovering import Recovered, recover, replay
from docchat_mailer.model.delivery import DeliveryId, DeliveryState, Outcome, Verdict
from docchat_mailer.store import accounting, batches, journal as journals, meta, moves, windows
from docchat_mailer.store.batches import Claim
from docchat_mailer.store.database import Database
from docchat_mailer.store.journal import Journal, boot_id
from ledgers import NOW, fanned_out, states

S = DeliveryState
LATER = NOW + timedelta(minutes=5)
TAKEN = Outcome(verdict=Verdict.ACCEPTED, code=250, text="queued as 4F", relay="mx.example")
PUT_OFF = Outcome(verdict=Verdict.DEFERRED, code=450, reason="temporary")
REFUSED = Outcome(verdict=Verdict.REJECTED, code=550, reason="unknown user")


@pytest.fixture
def db(store_url):
    database = Database.open(store_url)
    yield database
    assert all(account.balanced for account in accounts(database))
    database.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journal"


def instance(db) -> str:
    with db.write() as c:
        return meta.instance(c)


def opened(db, rows: list[DeliveryId], token: str = "mine") -> Claim:
    """A claim of the first batch with *rows* open."""
    with db.write() as c:
        claim = batches.claim(c, 1, token, NOW)
        windows.open_rows(c, claim, rows, now=NOW, gate=NOW)
    return claim


def died(db, folder, claim: Claim, *, answered=(), handed=(), boot=None, of: str | None = None) -> None:
    """The process that had *claim* wrote this and was killed."""
    journal = Journal(folder, instance(db) if of is None else of, boot)
    number = journal.claim(claim)
    for id_, outcome in answered:
        journal.handing_over(number, id_)
        journal.came_back(number, id_, outcome)
    for id_ in handed:
        journal.handing_over(number, id_)
    journal.close()


def told(db) -> list[tuple[S, str]]:
    with db.read() as c:
        return [(line.state, line.text) for line in accounting.lines(c)]


def test_fault_G1_worker_killed_and_started_again_knows_all_but_the_letter_on_the_wire(db, folder):
    rows = fanned_out(db, readers=6)
    claim = opened(db, rows[:5])
    answered = [(rows[0], TAKEN), (rows[1], PUT_OFF), (rows[2], REFUSED)]
    died(db, folder, claim, answered=answered, handed=[rows[3]])
    assert recover(db, folder, LATER) == Recovered(settled=3, unsent=1, uncertain=1)
    assert list(states(db).values()) == [
        S.ACCEPTED, S.PENDING, S.REJECTED, S.UNCERTAIN, S.PENDING, S.PENDING
    ]  # fmt: skip
    with db.read() as c:
        first, second = accounting.lines(c, limit=2)
        assert (first.text, first.relay) == ("queued as 4F", "mx.example")
        assert (second.attempts, second.not_before) == (1, LATER + timedelta(minutes=5))
        assert [due.id for due in windows.waiting_rows(c, claim)] == rows[4:]
    assert list(folder.iterdir()) == []
    assert recover(db, folder, LATER) == Recovered()


def test_fault_G1_batch_of_a_process_proven_gone_is_free_at_once(db, folder):
    rows = fanned_out(db, readers=3)
    died(db, folder, opened(db, rows[:2]))
    with db.read() as c:
        assert batches.ready(c, NOW) == []
    replay(db, folder, NOW)
    with db.read() as c:
        assert batches.ready(c, NOW) == [1]


def test_fault_G6_batch_that_another_has_taken_since_stays_theirs(db, folder):
    rows = fanned_out(db, readers=3)
    claim = opened(db, rows)
    with db.write() as c:
        batches.drop_leases(c, [1])
        batches.claim(c, 1, "yours", NOW)
    died(db, folder, claim)
    replay(db, folder, NOW)
    with db.read() as c:
        assert batches.leased(c) == [1]


def test_fault_G12_replay_that_is_repeated_comes_to_the_same_end(db, folder):
    rows = fanned_out(db, readers=3)
    claim = opened(db, rows)
    for _ in range(2):
        died(db, folder, claim, answered=[(rows[0], TAKEN)], handed=[rows[1]])
        recover(db, folder, LATER)
        assert list(states(db).values()) == [S.ACCEPTED, S.UNCERTAIN, S.PENDING]


def test_fault_G2_host_and_journal_lost_leave_a_window_in_doubt(db, folder):
    rows = fanned_out(db, readers=3)
    opened(db, rows[:2])
    assert recover(db, folder, LATER) == (Recovered() if db.is_server else Recovered(uncertain=2))
    if db.is_server:  # another host may hold it: whoever claims it when its lease has run out doubts its rows
        with db.write() as c:
            batches.drop_leases(c, [1])
            assert batches.claim(c, 1, "another's", LATER) is not None
    assert list(states(db).values()) == [S.UNCERTAIN, S.UNCERTAIN, S.PENDING]


def test_fault_G6_takeover_first_and_replay_later_clears_what_was_in_doubt(db, folder):
    rows = fanned_out(db, readers=3)
    claim = opened(db, rows)
    with db.write() as c:
        batches.drop_leases(c, [1])
        taken = batches.claim(c, 1, "yours", NOW)
        assert batches.release(c, taken)
    assert set(states(db).values()) == {S.UNCERTAIN}
    died(db, folder, claim, answered=[(rows[0], TAKEN)], handed=[rows[1]])
    assert replay(db, folder, LATER) == Recovered(settled=1, unsent=1, uncertain=1)
    assert list(states(db).values()) == [S.ACCEPTED, S.UNCERTAIN, S.PENDING]
    with db.read() as c:
        assert batches.ready(c, LATER) == [1]


@pytest.mark.parametrize(("said", "after"), [(TAKEN, S.ACCEPTED), (REFUSED, S.PENDING)])
def test_fault_G7_row_put_back_and_then_known_to_be_accepted_is_not_sent_again(db, folder, said, after):
    (row,) = fanned_out(db)
    claim = opened(db, [row])
    with db.write() as c:
        batches.doubt(c, [1], NOW)
        assert moves.send_again(c, 1, [1], before=S.UNCERTAIN, reason="resend", now=NOW) == 1
    died(db, folder, claim, answered=[(row, said)])
    replay(db, folder, LATER)
    assert list(states(db).values()) == [after]


@pytest.mark.parametrize("boot", ["another boot", ""])
def test_fault_G11_after_another_boot_silence_says_nothing(db, folder, boot):
    rows = fanned_out(db, readers=3)
    died(db, folder, opened(db, rows), answered=[(rows[0], TAKEN)], boot=boot)
    assert recover(db, folder, LATER) == Recovered(settled=1, uncertain=2)


def test_fault_G11_machine_without_a_boot_id_trusts_no_silence(db, folder):
    rows = fanned_out(db, readers=2)
    died(db, folder, opened(db, rows), boot="")
    assert replay(db, folder, LATER, boot="") == Recovered(uncertain=2)


def test_fault_G10_damaged_journal_is_believed_where_its_checksums_fit(db, folder):
    rows = fanned_out(db, readers=3)
    died(db, folder, opened(db, rows), answered=[(rows[0], TAKEN), (rows[1], TAKEN)])
    (path,) = folder.iterdir()
    lines = path.read_bytes().split(b"\n")
    lines[-2] = lines[-2].replace(b"accepted", b"rejected")
    path.write_bytes(b"\n".join(lines))
    assert recover(db, folder, LATER) == Recovered(settled=1, uncertain=2)
    assert list(states(db).values()) == [S.ACCEPTED, S.UNCERTAIN, S.UNCERTAIN]


def test_fault_G10_journal_of_another_database_is_left_where_it_is(db, folder):
    rows = fanned_out(db, readers=2)
    died(db, folder, opened(db, rows), answered=[(rows[0], TAKEN)], of="another database")
    assert replay(db, folder, LATER) == Recovered()
    assert len(list(folder.iterdir())) == 1
    assert [state for state, _ in told(db)] == [S.SENDING, S.SENDING]


def test_fault_G14_journal_of_another_version_is_left_where_it_is(db, folder, monkeypatch):
    rows = fanned_out(db, readers=1)
    died(db, folder, opened(db, rows), answered=[(rows[0], TAKEN)])
    monkeypatch.setattr(journals, "VERSION", "2")
    assert replay(db, folder, LATER) == Recovered()
    assert len(list(folder.iterdir())) == 1
    monkeypatch.undo()
    assert replay(db, folder, LATER) == Recovered(settled=1)


def test_the_boot_of_this_machine_has_a_name():
    assert boot_id() == boot_id() != ""
