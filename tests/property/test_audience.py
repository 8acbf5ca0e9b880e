"""Who gets an edition: the database's answer is the rule's, for any subscriptions, on both databases."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.subscriber import (
    Follow,
    Rhythm,
    Scope,
    SubscriberState,
    Subscription,
    SubscriptionState,
)
from docchat_mailer.rules.audience import Because, decide
from docchat_mailer.store import preferences, subscribers
from docchat_mailer.store.audience import getting
from docchat_mailer.store.database import Database
from docchat_mailer.store.schema import subscribers as table
from ledgers import NOW, reader

FOLLOWS = (
    Follow(Scope.SITE),
    Follow(Scope.SERIES, "massage"),
    Follow(Scope.SERIES, "sleep"),
    Follow(Scope.TAG, "pain"),
    Follow(Scope.TAG, "back"),
)
MOMENTS = (None, NOW - timedelta(days=1), NOW, NOW + timedelta(days=1))


def some_subscriptions(chance: random.Random) -> list[Subscription]:
    return [
        Subscription(
            follow=follow,
            state=chance.choice(list(SubscriptionState)),
            rhythm=chance.choice([Rhythm.EACH, Rhythm.EACH, Rhythm.WEEK]),
            paused_until=chance.choice(MOMENTS),
        )
        for follow in chance.sample(FOLLOWS, chance.randint(0, len(FOLLOWS)))
    ]


@pytest.fixture
def db(store_url):
    database = Database.open(store_url)
    yield database
    database.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_database_finds_whom_the_rule_names(db, seed):
    chance = random.Random(seed)
    with db.write() as c:
        people = [
            reader(number, (), state=chance.choice([SubscriberState.ACTIVE] * 4 + list(SubscriberState)))
            for number in range(1, 400)
        ]
        subscribers.add_subscribers(c, people)
        everybody = subscribers.subscribers(c)
        for person in everybody:
            preferences.put_subscriptions(c, person.id, some_subscriptions(chance))
            values = {"paused_until": chance.choice(MOMENTS), "announcements": chance.random() < 0.7}
            c.execute(update(table).where(table.c.id == person.id).values(**values))
        everybody = subscribers.subscribers(c)
    seen = set()
    for kind in (Kind.RELEASE, Kind.ANNOUNCEMENT):
        for series, tags in (
            ("massage", ("pain", "back")),
            ("massage", ()),
            ("other", ("back",)),
            ("other", ()),
        ):
            for rhythm in (Rhythm.EACH, Rhythm.WEEK):
                with db.read() as c:
                    query = select(table.c.id).where(getting(series, tags, NOW, kind=kind, rhythm=rhythm))
                    found = set(c.execute(query).scalars())
                decided = {p.id: decide(p, series, tags, NOW, kind=kind, rhythm=rhythm) for p in everybody}
                assert found == {id_ for id_, decision in decided.items() if decision.gets}
                seen |= {decision.because for decision in decided.values()}
    assert seen == set(Because)


def test_one_that_is_off_keeps_out_what_a_broader_one_brings(db):
    with db.write() as c:
        subscribers.add_subscribers(c, [reader(1)])
        off = Subscription(follow=Follow(Scope.SERIES, "massage"), state=SubscriptionState.OFF)
        preferences.put_subscriptions(c, 1, [off])
        assert subscribers.count_followers(c, "massage", (), NOW) == 0
        assert subscribers.count_followers(c, "sleep", (), NOW) == 1
