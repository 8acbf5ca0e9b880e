"""Undo suppressions: one address, or all that were made in a time, when it was no fault of the readers'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from docchat_mailer.store import bounces, suppressions
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.suppressions import Suppression

ERASED = "erased"
"""Who was erased stays so: nobody but themselves can take that back."""


def made_between(
    db: Database, since: datetime, until: datetime, *, reason: str = "", source: str = ""
) -> list[Suppression]:
    """What :func:`undo` would lift."""
    with db.read() as c:
        found = suppressions.between(c, since, until, reason=reason, source=source)
    return [one for one in found if one.reason != ERASED]


def undo(db: Database, found: Sequence[Suppression], since: datetime, until: datetime) -> int:
    """Let these addresses be mailed again; what came back from them in that time counts no more."""

    def work(c: Connection) -> int:
        for one in found:
            suppressions.lift(c, one.address_hash)
            bounces.discount(c, one.address_hash, since, until)
        return len(found)

    return db.retrying(work)
