"""Which part a topic belongs to, and how promises stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from docchat_mailer.model.publication import Promise, PromiseState
from docchat_mailer.model.series import Topic
from docchat_mailer.rules.promises import promise_state, resolve_promises, standing

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def a_promise(due=NOW + DAY, kept_at=None):
    return Promise(topic="risks", part=2, due=due, kept_at=kept_at, kept_by=None if kept_at is None else 7)


OPEN, KEPT, OVERDUE = a_promise(), a_promise(kept_at=NOW - DAY), a_promise(due=NOW - DAY)


def test_a_topic_without_a_part_belongs_to_the_next():
    topics = (Topic(text="risks"), Topic(text="types", part=5), Topic(text="more"))
    assert resolve_promises(topics, 3) == (("risks", 4), ("types", 5), ("more", 4))


def test_no_topics_are_no_promises():
    assert resolve_promises((), 1) == ()


@pytest.mark.parametrize(
    ("promise", "state"),
    [
        (OPEN, PromiseState.OPEN),
        (OVERDUE, PromiseState.OVERDUE),
        (KEPT, PromiseState.KEPT),
        (a_promise(due=NOW - DAY, kept_at=NOW), PromiseState.KEPT),
        (a_promise(due=NOW), PromiseState.OPEN),
        (a_promise(due=NOW - timedelta(microseconds=1)), PromiseState.OVERDUE),
        (a_promise(due=None), PromiseState.OPEN),
        (a_promise(kept_at=NOW + DAY), PromiseState.OPEN),
    ],
)
def test_a_promise_at_an_instant(promise, state):
    assert promise_state(promise, NOW) is state


@pytest.mark.parametrize(
    ("promises", "state"),
    [
        ((OPEN,), PromiseState.OPEN),
        ((KEPT, KEPT), PromiseState.KEPT),
        ((KEPT, OPEN), PromiseState.PARTLY_KEPT),
        ((OPEN, OVERDUE), PromiseState.OVERDUE),
        ((KEPT, OPEN, OVERDUE), PromiseState.OVERDUE),
    ],
)
def test_promises_stand_together(promises, state):
    for order in permutations(promises):
        assert standing(order, NOW) is state
