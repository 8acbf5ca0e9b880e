"""Rates and spans as people write them, and when the last letter of a mailing is out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.rules.rates import last_letter, rate_of
from docchat_mailer.rules.spans import counted, span_of

NINE = datetime(2027, 3, 16, 9, tzinfo=UTC)
MIDNIGHT = datetime(2027, 3, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "rate"),
    [("10/s", 10), ("600/min", 10), ("36000/h", 10), (" 0.5 / S ", 0.5), ("", None), (" ", None)],
)
def test_a_rate_is_letters_a_second(written, rate):
    assert rate_of(written) == rate


@pytest.mark.parametrize("written", ["0/s", "10", "10/day", "-1/s", "1e9/s", "10/ms", "999999/s", "ten/s"])
def test_what_is_no_rate_is_refused(written):
    with pytest.raises(ValueError, match="is no rate"):
        rate_of(written)


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("0 min", timedelta(0)),
        ("90 s", timedelta(seconds=90)),
        ("2s", timedelta(seconds=2)),
        ("10 Minutes", timedelta(minutes=10)),
        ("12h", timedelta(hours=12)),
        ("1 day", timedelta(days=1)),
        ("2 weeks", timedelta(weeks=2)),
    ],
)
def test_a_span_is_a_number_and_a_unit(written, span):
    assert span_of(written) == span


@pytest.mark.parametrize("written", ["", "10", "min", "-1 min", "1.5h", "10 months", "10 min 5 s"])
def test_what_is_no_span_is_refused(written):
    with pytest.raises(ValueError, match="is no span"):
        counted(written)


def test_the_last_of_many_leaves_after_the_others():
    assert last_letter(NINE, 1, rate=10) == NINE
    assert last_letter(NINE, 601, rate=10) == NINE + timedelta(minutes=1)


def test_there_is_nothing_to_say_without_readers_or_a_limit():
    assert last_letter(NINE, 0, rate=10, daily_cap=5) is None
    assert last_letter(NINE, 1000) is None


def test_what_is_over_the_cap_leaves_on_the_next_days():
    assert last_letter(NINE, 100, daily_cap=100) == NINE
    assert last_letter(NINE, 101, daily_cap=100) == MIDNIGHT
    assert last_letter(NINE, 301, rate=1, daily_cap=100) == MIDNIGHT + timedelta(days=2)
    assert last_letter(NINE, 310, rate=1, daily_cap=100) == MIDNIGHT + timedelta(days=2, seconds=9)


def test_a_rate_that_does_not_reach_the_cap_before_midnight_uses_the_day_up():
    eve = MIDNIGHT - timedelta(seconds=10)
    assert last_letter(eve, 10, rate=1, daily_cap=100) == MIDNIGHT - timedelta(seconds=1)
    assert last_letter(eve, 11, rate=1, daily_cap=100) == MIDNIGHT


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(datetime(2027, 1, 1), datetime(2027, 12, 1)).map(lambda d: d.replace(tzinfo=UTC)),  # noqa: DTZ001
    letters=st.integers(1, 100_000),
    rate=st.floats(0.5, 1000),
    cap=st.integers(1, 50_000),
)
def test_a_limit_never_makes_it_sooner_and_one_letter_more_never_either(start, letters, rate, cap):
    limited = last_letter(start, letters, rate=rate, daily_cap=cap)
    assert limited >= start
    assert limited >= last_letter(start, letters, daily_cap=cap)
    assert last_letter(start, letters + 1, rate=rate, daily_cap=cap) >= limited
