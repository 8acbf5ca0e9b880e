"""The state table of deliveries, row by row: what is not listed here does not happen."""

from __future__ import annotations

import pytest

from docchat_mailer.model.delivery import TRANSITIONS, DeliveryId, DeliveryState

MOVES = {
    "pending": "sending suppressed cancelled",
    "sending": "accepted rejected pending uncertain",
    "uncertain": "accepted rejected pending",
    "rejected": "pending",
    "accepted": "",
    "suppressed": "",
    "cancelled": "",
}


@pytest.mark.parametrize("before", list(DeliveryState))
@pytest.mark.parametrize("after", list(DeliveryState))
def test_every_move_is_as_told(before, after):
    assert (after in TRANSITIONS[before]) is (after.value in MOVES[before.value].split())


def test_every_state_has_a_row():
    assert set(TRANSITIONS) == set(DeliveryState)


def test_no_state_leads_to_itself():
    assert not any(state in following for state, following in TRANSITIONS.items())


def test_nothing_is_sent_without_being_marked_first():
    starts = {before for before, following in TRANSITIONS.items() if DeliveryState.ACCEPTED in following}
    assert starts == {DeliveryState.SENDING, DeliveryState.UNCERTAIN}


def test_an_accepted_delivery_never_moves():
    assert TRANSITIONS[DeliveryState.ACCEPTED] == frozenset()


def test_notices_alone_have_occasions():
    assert DeliveryId(1, 2) == DeliveryId(edition=1, subscriber=2, occasion=0)
