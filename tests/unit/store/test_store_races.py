"""What two transactions on a server may do to one another: no row is left behind in a batch that is done."""

from __future__ import annotations

import threading

import pytest

from docchat_mailer.model.delivery import Outcome, Verdict
from docchat_mailer.store import batches, windows
from docchat_mailer.store.database import Database
from docchat_mailer.store.windows import Settlement
from ledgers import NOW, fanned_out


@pytest.fixture
def db(pg_url):
    database = Database.open(pg_url)
    yield database
    database.close()


def test_a_row_put_off_into_a_batch_that_is_let_go_meanwhile_is_not_forgotten(db):
    (row,) = fanned_out(db)
    slot = batches.end_of_slot(NOW)
    put_off = Settlement(id=row, outcome=Outcome(verdict=Verdict.DEFERRED, reason="temporary"), again=slot)
    with db.write() as c:
        ours = batches.claim(c, 1, "ours", NOW)
        windows.open_rows(c, ours, [row], now=NOW, gate=NOW)
        again = batches.retry_batch(c, 1, slot)
        theirs = batches.claim(c, again, "theirs", slot)
    assert theirs is not None

    def let_go() -> None:
        with db.write() as c:
            batches.release(c, theirs)

    other = threading.Thread(target=let_go)
    with db.write() as c:
        windows.settle(c, ours, [put_off], now=NOW)
        other.start()
        other.join(0.5)
    other.join()
    with db.read() as c:
        assert batches.ready(c, slot) == [again]
