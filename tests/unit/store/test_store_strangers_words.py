"""Whatever a relay says, the ledger of either database takes it."""

from __future__ import annotations

import pytest

from docchat_mailer.model.delivery import DeliveryState, Outcome, Verdict
from docchat_mailer.store import accounting, batches, editions, windows
from docchat_mailer.store.database import Database
from docchat_mailer.store.windows import Settlement
from ledgers import NOW, fanned_out

SAID = "no\0body \x1b[2Jhere\r\n\ud800 \u202e Grüße" + "\0" * 300


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request):
    database = Database.open("sqlite://" if request.param == "sqlite" else request.getfixturevalue("pg_url"))
    yield database
    database.close()


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REJECTED, Verdict.UNCERTAIN, Verdict.UNSENT])
def test_the_words_of_an_outcome_are_kept_harmless(db, verdict):
    [id_] = fanned_out(db, readers=1)
    outcome = Outcome(verdict=verdict, code=550, text=SAID)
    with db.write() as c:
        claim = batches.claim(c, 1, "token", NOW)
        assert claim is not None
        windows.open_rows(c, claim, [id_], now=NOW, gate=NOW)
        windows.settle(c, claim, [Settlement(id=id_, outcome=outcome)], now=NOW)
    assert kept(db).startswith("no\ufffdbody \ufffd[2Jhere  \ufffd \ufffd Grüße\ufffd")


def test_so_are_those_that_are_learned_late(db):
    [id_] = fanned_out(db, readers=1)
    with db.write() as c:
        assert windows.learn_accepted(c, id_, Outcome(verdict=Verdict.ACCEPTED, code=250, text=SAID), NOW)
    assert kept(db).isprintable()


def test_and_the_reason_why_a_mailing_stops(db):
    fanned_out(db, readers=1)
    with db.write() as c:
        assert editions.pause(c, 1, f"the relay finds the letter too big: {SAID}")
        assert editions.get_edition(c, 1).reason.startswith(
            "the relay finds the letter too big: no\ufffdbody"
        )


def kept(db: Database) -> str:
    with db.read() as c:
        [line] = accounting.lines(c)
    assert line.state in DeliveryState
    assert line.text.isprintable()
    assert len(line.text) == 200
    return line.text
