"""A database that is away is asked again, more and more seldom, and not by all workers at one moment."""

import pytest

from docchat_mailer.worker.away import LONGEST, SPREAD, Away


def test_waits_double_up_to_the_longest_and_begin_anew_when_it_is_back():
    away, now = Away(), 100.0
    waits = []
    for _ in range(7):
        assert away.over(now)
        waits.append(away.lost(now, 0.0))
        assert not away.over(now + waits[-1] - 0.01)
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, LONGEST, LONGEST]
    assert away.back(now) == sum(waits)
    assert away.back(now) == 0.0
    assert away.lost(now, 0.0) == 1.0


@pytest.mark.parametrize("jitter", [-1.0, 1.0])
def test_chance_spreads_them(jitter):
    assert Away().lost(0.0, jitter) == 1.0 + SPREAD * jitter
