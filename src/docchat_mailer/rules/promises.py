"""Promises: which part a topic belongs to, and how what was promised stands at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from docchat_mailer.model.publication import Promise, PromiseState
from docchat_mailer.model.series import Topic


class Promised(NamedTuple):
    """A topic, and the number of the part it will come as."""

    text: str
    part: int


def resolve_promises(topics: tuple[Topic, ...], number: int) -> tuple[Promised, ...]:
    """The parts that part *number*'s *topics* belong to, in their order.

    A topic that names no part belongs to the next one.
    """
    return tuple(Promised(topic.text, number + 1 if topic.part is None else topic.part) for topic in topics)


def promise_state(promise: Promise, now: datetime) -> PromiseState:
    """How one promise stands at *now*: kept, overdue (past its due date) or open.

    A promise without a due date cannot be overdue, and one whose due instant is *now* is not yet.
    """
    if promise.kept_at is not None and promise.kept_at <= now:
        return PromiseState.KEPT
    if promise.due is not None and promise.due < now:
        return PromiseState.OVERDUE
    return PromiseState.OPEN


def standing(promises: Iterable[Promise], now: datetime) -> PromiseState | None:
    """How *promises* stand together at *now*; None where nothing was promised.

    Overdue wins over partly kept, partly kept over open; kept means all of them.
    """
    states = {promise_state(promise, now) for promise in promises}
    if not states:
        return None
    if PromiseState.OVERDUE in states:
        return PromiseState.OVERDUE
    if states == {PromiseState.KEPT}:
        return PromiseState.KEPT
    return PromiseState.PARTLY_KEPT if PromiseState.KEPT in states else PromiseState.OPEN
