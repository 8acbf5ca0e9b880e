"""When an address gets nothing more: each row is a history and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from docchat_mailer.model.bounce import BounceKind as K
from docchat_mailer.rules.suppression import Barred, BouncePolicy, Past, score, verdict

NOW = datetime(2027, 3, 16, 9, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = BouncePolicy()
PATIENT = BouncePolicy(hard_at_once=False)


def history(*days: tuple[float, K]) -> list[Past]:
    """Bounces so many days ago."""
    return [Past(at=NOW - DAY * ago, kind=kind) for ago, kind in days]


@pytest.mark.parametrize(
    ("past", "policy", "barred"),
    [
        ((), POLICY, None),
        (((0, K.HARD),), POLICY, Barred.HARD),
        (((0, K.HARD),), PATIENT, None),
        (((0, K.HARD), (1, K.HARD), (2, K.HARD)), PATIENT, Barred.HARD),
        (((0, K.SOFT),), POLICY, None),
        (tuple((ago, K.SOFT) for ago in range(5)), POLICY, None),
        (tuple((ago, K.SOFT) for ago in range(6)), POLICY, Barred.SOFT),
        (tuple((ago / 100, K.SOFT) for ago in range(20)), POLICY, None),
        (tuple((ago, K.SOFT) for ago in range(27, 40)), POLICY, None),
        (((29.9, K.HARD),), POLICY, Barred.HARD),
        (((30, K.HARD),), POLICY, None),
        (((400, K.COMPLAINT),), POLICY, Barred.COMPLAINT),
        (((0, K.OTHER),) * 9, POLICY, None),
    ],
)
def test_what_follows_from_a_history(past, policy, barred):
    assert verdict(history(*past), NOW, policy) == barred


def test_a_letter_that_stayed_away_clears_what_was_before_it():
    past = history(*((ago, K.SOFT) for ago in range(6)))
    assert verdict(past, NOW, POLICY, cleared_at=NOW - DAY * 2) is None
    assert verdict(history((3, K.COMPLAINT)), NOW, POLICY, cleared_at=NOW) is Barred.COMPLAINT


def test_a_day_counts_once_with_the_worst_of_it():
    assert score(history((0, K.SOFT), (0.1, K.HARD), (0.2, K.SOFT), (1, K.SOFT))) == 1.5
