"""What was past when this site first ran: nothing of it goes out until the operator says which of it."""

from __future__ import annotations

from datetime import datetime

from docchat_mailer.model.planning import Why
from docchat_mailer.publishing.adopting import adopt, adoptions
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.round import finish, prepare
from docchat_mailer.publishing.stepping import Desk, look_again, release
from docchat_mailer.store import marks

PAST = frozenset({Why.FIRST_START, Why.TOO_LATE})
"""The holds that a catch-up settles."""


def catch_up(press: Press, now: datetime, which: str) -> int:
    """Settle every part that is past: mail ``all`` of them, the ``latest`` of each series, or ``none``.

    What is not mailed is adopted: it goes to pages and feeds.  Returns how many were settled.
    """
    desk, _ = prepare(press, now)
    waiting = adoptions(desk, now)
    mailed = {
        "all": waiting,
        "latest": [
            max((i for i in waiting if i.series.slug == slug), key=lambda i: i.part.number)
            for slug in sorted({item.series.slug for item in waiting})
        ],
        "none": [],
    }[which]
    keys = {item.part.key for item in mailed}
    adopt(desk, now, only=lambda item: item.part.key not in keys)
    desk, _ = prepare(press, now)
    for item in mailed:
        list(release(desk, item.series, item.part.number, slot=item.published_at, now=now))
    _lift(desk)
    finish(look_again(desk), now, [])
    return len(waiting)


def _lift(desk: Desk) -> None:
    """Lift the holds that were there only because parts were past."""
    histories = look_again(desk).histories
    with desk.press.db.write() as c:
        for slug, history in histories.items():
            for number, past in history.parts.items():
                if past.hold is not None and past.hold.why in PAST and past.released is not None:
                    marks.clear_hold(c, slug, number)
