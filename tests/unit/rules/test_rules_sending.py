"""Rules of sending: how an audience is cut, how much is open at a time, and when an edition stops."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from docchat_mailer.model.destinations import OTHER, destination_of
from docchat_mailer.rules.breaker import is_sound, reason_to_stop
from docchat_mailer.rules.slicing import BATCH, CANARY_FROM, CANARY_LEAST, slices
from docchat_mailer.rules.windowing import window_size

COUNTS = st.dictionaries(st.sampled_from(["google", "microsoft", OTHER]), st.integers(1, 20_000), min_size=1)


@given(COUNTS, st.floats(0, 1))
def test_slices_hold_everybody_and_a_canary_takes_from_each_destination(counts, share):
    cut = slices(counts, share)
    assert {piece.destination: piece.readers for piece in cut} == counts
    total, ahead = sum(counts.values()), sum(piece.canary for piece in cut)
    for piece in cut:
        assert 0 <= piece.canary <= piece.readers
        assert piece.batches <= piece.readers / BATCH + 2
        assert piece.canary_batches * BATCH >= piece.canary
    if share and total >= CANARY_FROM:
        assert ahead >= max(CANARY_LEAST, int(share * total)) - 1e-6
        assert all(piece.canary for piece in cut)
    else:
        assert ahead == 0


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_runs_from_none_to_all(share):
    with pytest.raises(ValueError, match="share"):
        slices({OTHER: 1}, share)


@pytest.mark.parametrize(
    ("largest", "sent", "seconds", "size"),
    [
        (1, 0, 0.0, 1),  # strict
        (1, 1, 0.001, 1),
        (100, 0, 0.0, 20),  # no pace is known yet
        (100, 20, 0.1, 100),
        (100, 20, 2.0, 20),
        (100, 20, 4.0, 10),  # two seconds of work
        (100, 1, 600.0, 1),
        (5, 0, 0.0, 5),
    ],
)
def test_a_window_holds_two_seconds_of_work(largest, sent, seconds, size):
    assert window_size(largest, sent, seconds) == size


@pytest.mark.parametrize(
    ("accepted", "rejected", "policy", "finished", "stops"),
    [
        (0, 0, 0, True, False),
        (0, 1, 0, True, False),  # one reader, and the address is gone
        (0, 2, 0, True, True),
        (0, 2, 0, False, False),
        (0, 5, 0, False, False),
        (0, 6, 0, False, True),
        (94, 6, 0, False, True),
        (95, 5, 0, False, False),
        (95, 6, 0, False, True),  # 101 seen: the share decides, and 5 % of them are 5.05
        (1900, 100, 0, False, False),
        (1899, 101, 0, False, True),
        (1000, 4, 4, False, False),
        (1000, 5, 5, False, True),
    ],
)
def test_an_edition_stops_when_too_much_comes_back(accepted, rejected, policy, finished, stops):
    assert (reason_to_stop(accepted, rejected, policy, finished=finished) is not None) is stops


def test_addresses_are_believed_to_be_gone_only_when_enough_was_seen():
    assert not is_sound(50, 2, 0, finished=False)
    assert is_sound(50, 2, 0, finished=True)
    assert is_sound(98, 2, 0, finished=False)
    assert not is_sound(0, 100, 0, finished=False)


@pytest.mark.parametrize(
    ("domain", "destination"),
    [("gmail.com", "google"), ("Outlook.com", "microsoft"), ("example.org", OTHER), ("", OTHER)],
)
def test_a_domain_is_known_by_who_runs_its_mailboxes(domain, destination):
    assert destination_of(domain) == destination
