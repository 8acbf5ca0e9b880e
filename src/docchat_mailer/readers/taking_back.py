"""What waits for a person, and is not wanted any more, is not sent."""

from __future__ import annotations

from datetime import datetime

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.subscriber import Subscriber, SubscriptionState
from docchat_mailer.rules.audience import Because, decide
from docchat_mailer.store import moves, preferences
from docchat_mailer.store.database import Connection
from docchat_mailer.store.preferences import Waiting

UNWANTED = "the reader changed what they get"


def take_back(c: Connection, person: Subscriber, now: datetime) -> None:
    """Settle what waits for *person* as they are now, and would not come to them any more."""
    for waiting in preferences.waiting(c, person.id):
        if not _is_wanted(person, waiting, now):
            moves.decide(c, waiting.id, DeliveryState.SUPPRESSED, reason=UNWANTED, now=now)


def _is_wanted(person: Subscriber, waiting: Waiting, now: datetime) -> bool:
    """Whether a letter still comes.

    One that was on its way when somebody chose a digest comes as it is, since no digest tells of it; and a
    digest tells of many things, so it comes as long as anything does.
    """
    if waiting.kind is Kind.DIGEST:
        paused = person.paused_until is not None and person.paused_until > now
        return not paused and any(tie.state is SubscriptionState.ON for tie in person.subscriptions)
    decision = decide(person, waiting.series, waiting.tags, now, kind=waiting.kind)
    return decision.gets or decision.because is Because.DIGEST
