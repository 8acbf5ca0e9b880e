"""How long the mail rests when the relay cannot be used, and that publishing goes on meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from docchat_mailer.errors import RelayDownError, RelayRefusedError
from docchat_mailer.worker.resting import LONGEST, REFUSED, Rest

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
DOWN = RelayDownError("no answer")


def test_a_relay_that_is_down_is_tried_again_later_and_later():
    rest, waits = Rest(), []
    for _ in range(7):
        assert rest.over(rest.until)
        waits.append(rest.failed(DOWN, NOW).total_seconds())
        assert not rest.over(NOW)
    assert waits == [10, 20, 40, 80, 160, 300, 300]
    rest.worked()
    assert rest.failed(DOWN, NOW) == timedelta(seconds=10)


def test_a_thousand_failures_in_a_row_wait_no_longer_than_the_longest():
    rest = Rest()
    assert max(rest.failed(DOWN, NOW) for _ in range(1000)) == LONGEST


def test_fault_D9_refused_login_is_tried_three_times_an_hour():
    rest = Rest()
    assert rest.failed(RelayRefusedError("no"), NOW) == REFUSED
    assert timedelta(hours=1) / REFUSED <= 3
