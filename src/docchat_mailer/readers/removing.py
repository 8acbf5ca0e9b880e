"""Take someone out: nothing more is sent to them, and the ledger keeps what was."""

from __future__ import annotations

from datetime import datetime

from docchat_mailer.model.subscriber import Address
from docchat_mailer.store import subscribers
from docchat_mailer.store.database import Database


def remove(db: Database, address: Address, now: datetime) -> bool:
    """Mark a subscriber as having left; letters waiting for them are not sent.  False: nobody has it."""
    with db.write() as c:
        return subscribers.leave(c, address, now)
