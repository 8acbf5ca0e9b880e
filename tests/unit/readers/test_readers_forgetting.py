"""Who is kept long enough is erased, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from docchat_mailer.model.subscriber import SubscriberState, Wish
from docchat_mailer.readers.forgetting import Retention, forget
from docchat_mailer.store import requests, subscribers, suppressions
from docchat_mailer.store.database import Database
from ledgers import NOW, hash_of, reader


@pytest.fixture
def db(store_url):
    opened = Database.open(store_url)
    with opened.write() as c:
        people = [
            reader(1),
            reader(2, state=SubscriberState.PENDING),
            reader(3, state=SubscriberState.PENDING),
        ]
        subscribers.add_subscribers(c, [*people, reader(4), reader(5)])
        subscribers.leave(c, reader(4).address, NOW)
        subscribers.leave(c, reader(5).address, NOW + timedelta(days=300))
        asked = NOW + timedelta(days=290)
        requests.ask(
            c,
            Wish.CONFIRM,
            subscribers.id_of(c, reader(3).address),
            token_id="again",
            source="a page",
            wording="yes",
            at=asked,
            expires_at=asked,
        )
    yield opened
    opened.close()


def test_nobody_is_erased_unless_it_is_asked_for(db):
    assert forget(db, Retention(), NOW + timedelta(days=3000)) == 0


def test_who_never_confirmed_or_left_long_ago_is_erased(db):
    assert forget(db, Retention(pending=30, left=60), NOW + timedelta(days=301)) == 2
    with db.read() as c:
        assert subscribers.counts(c) == {"active": 1, "pending": 1, "left": 1, "erased": 2}
        assert suppressions.suppressed(c, [hash_of(2), hash_of(4)]) == {hash_of(4)}
    assert forget(db, Retention(pending=30, left=60), NOW + timedelta(days=301)) == 0
