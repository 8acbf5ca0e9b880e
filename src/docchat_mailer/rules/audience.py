"""Who may receive an edition, and why: the rule that the store's audience query must agree with."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.subscriber import (
    Follow,
    Rhythm,
    Scope,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionState,
)

STRONGEST_FIRST = (Scope.SERIES, Scope.TAG, Scope.SITE)
"""Of several reasons to receive, the one that is told and that decides: the most particular."""


class Because(StrEnum):
    """Why somebody gets an edition, or does not."""

    FOLLOWS = "follows it"
    NOT_CONFIRMED = "has not confirmed the address"
    LEFT = "has left"
    ERASED = "was erased"
    PAUSED = "has paused everything"
    NO_ANNOUNCEMENTS = "wants no announcements"
    FOLLOWS_OTHERS = "follows nothing that it belongs to"
    OFF = "has turned it off"
    SUBSCRIPTION_PAUSED = "has paused it"
    DIGEST = "gets it in a digest"


STATES = {
    SubscriberState.PENDING: Because.NOT_CONFIRMED,
    SubscriberState.LEFT: Because.LEFT,
    SubscriberState.ERASED: Because.ERASED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Whether somebody gets an edition, and because of what; *by* is the subscription that decided."""

    gets: bool
    because: Because
    by: Subscription | None = None


def decide(
    person: Subscriber,
    series_slug: str,
    tag_slugs: Collection[str],
    at: datetime,
    *,
    kind: Kind = Kind.RELEASE,
    rhythm: Rhythm = Rhythm.EACH,
) -> Decision:
    """Whether *person* gets an edition of *series_slug* filed under *tag_slugs* that goes out *at* then.

    The most particular subscription decides, so that one that is off keeps out what a broader one brings; of
    several tags any open one is enough.
    """
    if person.state is not SubscriberState.ACTIVE:
        return _no(STATES[person.state])
    if person.paused_until is not None and person.paused_until > at:
        return _no(Because.PAUSED)
    if kind is Kind.ANNOUNCEMENT and not person.announcements:
        return _no(Because.NO_ANNOUNCEMENTS)
    covering = [tie for tie in person.subscriptions if _covers(tie.follow, series_slug, tag_slugs)]
    if not covering:
        return _no(Because.FOLLOWS_OTHERS)
    strongest = min(STRONGEST_FIRST.index(tie.follow.scope) for tie in covering)
    deciding = sorted(
        (tie for tie in covering if STRONGEST_FIRST.index(tie.follow.scope) == strongest),
        key=lambda tie: tie.follow.key,
    )
    answers = [(_answer(tie, at, rhythm), tie) for tie in deciding]
    because, by = next((each for each in answers if each[0] is Because.FOLLOWS), answers[0])
    return Decision(gets=because is Because.FOLLOWS, because=because, by=by)


def may_receive(follows: Iterable[Follow], series_slug: str, tag_slugs: Collection[str]) -> Follow | None:
    """Why an active person with these *follows* gets an edition of *series_slug*, or None if they do not.

    Of several tags, the first in alphabetical order is named, so that the answer never depends on order.
    """
    reasons = [follow for follow in follows if _covers(follow, series_slug, tag_slugs)]
    return min(reasons, key=lambda follow: (STRONGEST_FIRST.index(follow.scope), follow.key), default=None)


def _no(because: Because) -> Decision:
    return Decision(gets=False, because=because)


def _answer(tie: Subscription, at: datetime, rhythm: Rhythm) -> Because:
    if tie.state is SubscriptionState.OFF:
        return Because.OFF
    if tie.state is SubscriptionState.PAUSED and (tie.paused_until is None or tie.paused_until > at):
        return Because.SUBSCRIPTION_PAUSED
    return Because.FOLLOWS if tie.rhythm is rhythm else Because.DIGEST


def _covers(follow: Follow, series_slug: str, tag_slugs: Collection[str]) -> bool:
    """Whether *follow* reaches an edition of this series with these tags."""
    if follow.scope is Scope.SITE:
        return True
    if follow.scope is Scope.SERIES:
        return follow.key == series_slug
    return follow.key in tag_slugs
