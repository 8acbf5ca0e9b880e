"""Who an edition's usual audience is, in SQL; the rule itself is :mod:`docchat_mailer.rules.audience`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.subscriber import Rhythm, Scope, SubscriberState, SubscriptionState
from docchat_mailer.rules.audience import STRONGEST_FIRST
from docchat_mailer.store.schema import subscribers, subscriptions

tie = subscriptions.c


def getting(
    series: str, tags: Sequence[str], at: datetime, *, kind: Kind = Kind.RELEASE, rhythm: Rhythm = Rhythm.EACH
) -> ColumnElement[bool]:
    """The condition on ``subscribers`` for who gets an edition of *series*, filed under *tags*, *at* then."""
    person = subscribers.c
    return and_(
        person.state == SubscriberState.ACTIVE,
        or_(person.paused_until.is_(None), person.paused_until <= at),
        person.announcements if kind is Kind.ANNOUNCEMENT else true(),
        person.id.in_(_following(series, tags, at, rhythm)),
    )


def _following(series: str, tags: Sequence[str], at: datetime, rhythm: Rhythm) -> Select[Any]:
    """Whose most particular subscription is open: one that is off keeps out what a broader one brings."""
    strength = case(
        {scope.value: place for place, scope in enumerate(STRONGEST_FIRST)}, value=tie.scope, else_=None
    )
    is_open = and_(_is_on(at), tie.rhythm == rhythm)
    strongest_open = func.min(case((is_open, strength), else_=len(STRONGEST_FIRST)))
    query = select(tie.subscriber_id).where(follows_any(series, tags)).group_by(tie.subscriber_id)
    return query.having(strongest_open == func.min(strength))


def _is_on(at: datetime) -> ColumnElement[bool]:
    return or_(
        tie.state == SubscriptionState.ON,
        and_(tie.state == SubscriptionState.PAUSED, tie.paused_until <= at),
    )


def follows_any(series: str, tags: Sequence[str]) -> ColumnElement[bool]:
    """The subscriptions that have a say in whether someone gets an edition."""
    return or_(
        tie.scope == Scope.SITE,
        and_(tie.scope == Scope.SERIES, tie.key == series),
        and_(tie.scope == Scope.TAG, tie.key.in_(list(tags))),
    )
