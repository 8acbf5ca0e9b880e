"""Leaving: at once, for ever, and as often as anybody presses the button (RFC 8058)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from docchat_mailer.failpoints import failpoint
from docchat_mailer.model.subscriber import Follow, SubscriberState, Subscription, SubscriptionState
from docchat_mailer.readers.taking_back import take_back
from docchat_mailer.store import consents, editions, preferences, requests
from docchat_mailer.store.consents import Consenting
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.notices import notify

GOODBYE = "goodbye"
"""The notice that says so; there need not be one."""


def leave(db: Database, token_id: str, *, now: datetime, source: str, goodbye: bool = True) -> bool:
    """Nothing more is sent to the person with that random name, not even what waits already.

    *goodbye* says that a last letter tells them so.  False where there is nobody of that name.  A second time
    changes nothing.
    """

    def work(c: Connection) -> bool:
        person = preferences.by_name(c, token_id)
        if person is None:
            return False
        if person.state in {SubscriberState.ACTIVE, SubscriberState.PENDING}:
            preferences.end(c, person.id, now)
            requests.settle_all(c, person.id, now)
            wording = "asked to get nothing more"
            consents.note(c, person.id, Consenting.LEFT, now, source=source, wording=wording)
            last = editions.standing(c, GOODBYE) if goodbye else None
            if last is not None:
                notify(c, last, person.id, _occasion(now), now)
        failpoint("unsubscribe.before_commit")
        return True

    done = db.retrying(work)
    failpoint("unsubscribe.before_answer")
    return done


def leave_one(db: Database, token_id: str, follow: Follow, *, now: datetime, source: str) -> bool:
    """Nothing more of that one series or tag is sent, not even what waits already; all else goes on.

    False where there is nobody of that name.
    """

    def work(c: Connection) -> bool:
        person = preferences.by_name(c, token_id)
        if person is None:
            return False
        known = {tie.follow: tie for tie in person.subscriptions}
        tie = replace(known.get(follow, Subscription(follow=follow)), state=SubscriptionState.OFF)
        preferences.put_subscriptions(c, person.id, [tie])
        consents.note(c, person.id, Consenting.CHANGED, now, source=source, wording=f"{follow} off")
        kept = preferences.by_name(c, token_id)
        if kept is not None:
            take_back(c, kept, now)
        return True

    return db.retrying(work)


def _occasion(now: datetime) -> int:
    """What tells one leave of a person from another: the day."""
    return now.toordinal()
