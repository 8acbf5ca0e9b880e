"""When a deferred delivery is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from docchat_mailer.rules.retry import next_attempt

BORN = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 5), (2, 15), (3, 60), (4, 240), (5, 240), (40, 240)])
@pytest.mark.parametrize("jitter", [-1.0, -0.5, 0.0, 1.0])
def test_the_waits_grow_and_chance_moves_them_by_a_fifth(attempts, minutes, jitter):
    wait = next_attempt(attempts, BORN, BORN, jitter) - BORN
    assert wait == timedelta(minutes=minutes) * (1 + jitter * 0.2)


def test_after_two_days_it_is_given_up():
    last = BORN + timedelta(hours=44)
    assert next_attempt(9, BORN, last, 0.0) == BORN + timedelta(hours=48)
    assert next_attempt(9, BORN, last + timedelta(seconds=1), 0.0) is None
    assert next_attempt(1, BORN, BORN + timedelta(hours=49), 0.0) is None


def test_a_delivery_that_is_always_deferred_ends():
    now, attempts = BORN, 0
    while now is not None:
        attempts += 1
        now = next_attempt(attempts, BORN, now, 0.0)
    assert attempts == 15


@pytest.mark.parametrize(("attempts", "jitter"), [(0, 0.0), (1, 1.1), (1, -1.1), (1, float("nan"))])
def test_values_out_of_range_are_refused(attempts, jitter):
    with pytest.raises(ValueError, match=r"at least one|jitter"):
        next_attempt(attempts, BORN, BORN, jitter)
