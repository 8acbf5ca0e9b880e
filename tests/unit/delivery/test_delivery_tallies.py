"""What a mailing has seen is counted once, also where the answer to a commit is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import OperationalError

from docchat_mailer.delivery.dispatch import Mailing
from docchat_mailer.delivery.sending import send_due
from docchat_mailer.errors import FileError, TemporaryError
from docchat_mailer.model.delivery import DeliveryState, Letter, Outcome, Verdict
from docchat_mailer.smtp.recording import RecordingCourier
from docchat_mailer.store import batches
from docchat_mailer.store.batches import Tally
from docchat_mailer.store.database import Database
from ledgers import KEY, NOW, SENDER, fanned_out, states

READERS = 12
REFUSED = {2, 3, 7, 11}


class AnswerLost:
    """The *nth* commit from now is done, and nobody hears of it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.nth, self._commit = 0, DefaultDialect.do_commit
        lost = self

        def committed(self: DefaultDialect, connection) -> None:
            lost._commit(self, connection)
            lost.nth -= 1
            if lost.nth == 0:
                raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

        patch.setattr(DefaultDialect, "do_commit", committed)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request):
    database = Database.open("sqlite://" if request.param == "sqlite" else request.getfixturevalue("pg_url"))
    yield database
    database.close()


def answer(letter: Letter) -> Outcome:
    if letter.id.subscriber in REFUSED:
        return Outcome(verdict=Verdict.REJECTED, code=554, reason="content")
    return Outcome(verdict=Verdict.ACCEPTED, code=250)


def send(db: Database, courier: RecordingCourier, folder) -> None:
    mailing = Mailing(
        key=KEY, sender=SENDER, why=str, now=lambda: NOW, jitter=lambda: 0.0, window=2, connections=1
    )
    asyncio.run(send_due(db, courier, mailing, journal=folder))


@pytest.mark.parametrize("nth", range(1, 20))
def test_a_commit_whose_answer_is_lost_is_not_counted_again(db, tmp_path, monkeypatch, nth):
    fanned_out(db, readers=READERS)
    lost, courier = AnswerLost(monkeypatch), RecordingCourier(answer)
    lost.nth = nth
    with suppress(FileError, TemporaryError, OperationalError):
        send(db, courier, tmp_path)
    lost.nth = 0
    with db.write() as c:  # a claim whose answer was lost is nobody's until its lease has run out
        batches.drop_leases(c, batches.leased(c))
    send(db, courier, tmp_path)
    with db.read() as c:
        seen = batches.tally(c, 1)
    assert set(states(db).values()) == {DeliveryState.ACCEPTED, DeliveryState.REJECTED}
    assert len(courier.letters) == READERS
    assert seen == Tally(READERS - len(REFUSED), len(REFUSED), 0)
