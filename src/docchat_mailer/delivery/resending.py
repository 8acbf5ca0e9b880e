"""Letters in doubt, sent once more where the operator chose so; and notices always.

A notice that never came leaves its reader at a closed door, and one that comes twice does no harm.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from docchat_mailer.store import resends
from docchat_mailer.store.database import Database

WAIT = timedelta(minutes=15)
"""How long a letter is in doubt before it is sent once more: a journal or a late answer may settle it."""

LONGEST = timedelta(hours=48)
"""What has been in doubt for longer is the operator's to decide."""

log = structlog.get_logger("docchat.delivery")


def send_once_more(db: Database, now: datetime, *, everywhere: bool) -> int:
    """Put what is in doubt back, once and behind all others; returns how many letters.

    *everywhere* is what the operator chose for all mailings.  Nearly all that is in doubt had arrived, so
    nearly all of these letters arrive twice.
    """
    if not anything_to_send(db, now, everywhere=everywhere):
        return 0
    with db.write() as c:
        done = sum(
            len(resends.send_once_more(c, edition, of, since=now - LONGEST, now=now))
            for edition, of in resends.doubtful(c, now, wait=WAIT, everywhere=everywhere).items()
        )
    if done:
        log.info("sent_once_more", letters=done)
    return done


def anything_to_send(db: Database, now: datetime, *, everywhere: bool) -> bool:
    """Whether anything in doubt may be due to be sent once more; it costs one look at an index."""
    with db.read() as c:
        return bool(resends.doubtful(c, now, wait=WAIT, everywhere=everywhere))
