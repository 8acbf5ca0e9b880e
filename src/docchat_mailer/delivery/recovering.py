"""What a worker that died left open: the reply never reached us, so a person decides."""

from __future__ import annotations

from datetime import datetime

from docchat_mailer.store import ledger, moves
from docchat_mailer.store.database import Database


def recover(db: Database, now: datetime) -> int:
    """Mark rows found ``sending`` as uncertain; only a worker that holds the site alone may ask.

    Returns how many there were.
    """
    with db.read() as c:
        if not ledger.anything_open(c):
            return 0
    with db.write() as c:
        return moves.recover(c, now)
