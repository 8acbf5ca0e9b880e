"""Who may receive an edition, and for which reason."""

from __future__ import annotations

from itertools import permutations

import pytest

from docchat_mailer.model.subscriber import Follow, Scope
from docchat_mailer.rules.audience import may_receive

SITE = Follow(Scope.SITE)
SERIES = Follow(Scope.SERIES, "massage")
TAG = Follow(Scope.TAG, "back-pain")
CALM = Follow(Scope.TAG, "calm")
OTHERS = (Follow(Scope.SERIES, "sleep"), Follow(Scope.TAG, "massage"), Follow(Scope.SERIES, "back-pain"))


@pytest.mark.parametrize(
    ("follows", "reason"),
    [
        ((), None),
        (OTHERS, None),
        ((SITE,), SITE),
        ((SERIES,), SERIES),
        ((TAG,), TAG),
        ((SITE, TAG), TAG),
        ((SITE, TAG, SERIES), SERIES),
        ((CALM, TAG, SITE), TAG),
        ((*OTHERS, SITE), SITE),
    ],
)
def test_the_most_particular_reason_is_told(follows, reason):
    for order in permutations(follows):
        assert may_receive(order, "massage", {"back-pain", "calm"}) == reason


def test_an_edition_without_tags_reaches_no_tag():
    assert may_receive((TAG, CALM), "massage", ()) is None
