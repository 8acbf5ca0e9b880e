"""Notices: one standing edition, whose audience grows by one reader for each occasion."""

from __future__ import annotations

from datetime import timedelta

import pytest

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.model.delivery import DeliveryId, Outcome, Verdict
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.subscriber import SubscriberState
from docchat_mailer.store import batches, editions, publications, subscribers, windows
from docchat_mailer.store.database import Database
from docchat_mailer.store.notices import notify
from docchat_mailer.store.subscribers import add_subscribers
from docchat_mailer.store.windows import Settlement
from ledgers import NOW, a_letter, a_revision, publish, reader

MINUTE = timedelta(minutes=1)


@pytest.fixture
def db(store_url):
    database = Database.open(store_url)
    yield database
    assert all(account.balanced for account in accounts(database))
    database.close()


def standing(c) -> int:
    """A notice's edition, which takes readers from now on."""
    notice = publications.insert_publication(
        c,
        series="notice:confirm",
        number=0,
        kind=Kind.NOTICE,
        slug="confirm",
        entry_id="tag:docchat.example,2027:notice/confirm",
        permalink=False,
        path="",
        aliases=(),
        published_at=NOW,
        updated_at=None,
        slot=None,
        live_at=NOW,
        promises=(),
        revision=a_revision(),
    )
    edition = editions.insert_edition(
        c,
        publication_id=notice.id,
        revision=1,
        audience="letter",
        at=NOW,
        subject="Please confirm",
        body=a_letter().pack(),
        standing=True,
    )
    assert edition.standing
    return edition.id


def test_a_reader_gets_a_notice_once_for_an_occasion_and_again_for_another(db):
    with db.write() as c:
        edition = standing(c)
        add_subscribers(c, [reader(1, state=SubscriberState.PENDING)])
        assert notify(c, edition, 1, 7, NOW)
        assert not notify(c, edition, 1, 7, NOW)
        assert notify(c, edition, 1, 8, NOW)
        assert editions.get_edition(c, edition).candidates == 2


def test_only_the_occasion_that_was_asked_for_is_opened(db):
    with db.write() as c:
        edition = standing(c)
        add_subscribers(c, [reader(1, state=SubscriberState.PENDING)])
        notify(c, edition, 1, 7, NOW)
        notify(c, edition, 1, 8, NOW)
        first, _ = batches.ready(c, NOW)
        claim = batches.claim(c, first, "mine", NOW)
        assert claim.standing
        [due] = windows.waiting_rows(c, claim)
        opened = windows.open_rows(c, claim, [due.id], now=NOW, gate=NOW + MINUTE)
        assert opened == {DeliveryId(edition, 1, 7): NOW}
        taken = Settlement(id=due.id, outcome=Outcome(verdict=Verdict.ACCEPTED))
        windows.settle(c, claim, [taken], now=NOW)
        assert batches.release(c, claim)


@pytest.mark.parametrize(
    ("state", "gets"),
    [
        (SubscriberState.PENDING, True),
        (SubscriberState.ACTIVE, True),
        (SubscriberState.LEFT, True),
        (SubscriberState.ERASED, False),
    ],
)
def test_a_notice_reaches_who_comes_and_who_goes_but_nobody_erased(db, state, gets):
    with db.write() as c:
        edition = standing(c)
        add_subscribers(c, [reader(1, state=state)])
        notify(c, edition, 1, 7, NOW)
        [batch] = batches.ready(c, NOW)
        claim = batches.claim(c, batch, "mine", NOW)
        [due] = windows.waiting_rows(c, claim)
        assert due.subscriber.state is state
        opened = windows.open_rows(c, claim, [due.id], now=NOW, gate=NOW + MINUTE)
        assert bool(opened) is gets
        windows.settle(c, claim, [], now=NOW)


def test_what_has_no_entry_stands_among_no_entries(db):
    with db.write() as c:
        standing(c)
        part = publish(c)
        assert publications.all_publications(c) == [part]
        assert subscribers.count_followers(c, "massage", ()) == 0
