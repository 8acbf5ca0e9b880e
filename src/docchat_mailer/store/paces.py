"""How fast letters may go to a relay, shared by every process that sends through it.

A generic cell rate algorithm (ITU-T I.371): one row says when the next letter's turn is, and whoever takes
turns moves it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from docchat_mailer.store.clock import database_now
from docchat_mailer.store.schema import paces as table
from docchat_mailer.store.upserting import insert_into

ALL = "*"
"""The destination that stands for all of a route's letters."""

FEW = 5.0
"""Seconds that turns are given ahead: who asks beyond them waits first, so that nobody hoards."""


@dataclass(frozen=True, slots=True)
class Turns:
    """*letters* may go, the first in *wait* seconds; 0 letters mean that it is to be asked again then.

    *spent* says that the day's cap is reached.
    """

    letters: int
    wait: float
    spent: bool = False


def take_turns(c: Connection, route: str, letters: int, rate: float, *, day: str, cap: int = 0) -> Turns:
    """Take the next turns of a route, at most *letters* of them, at *rate* letters a second.

    *cap* is how many letters may go on *day* (any name that changes with the day), 0 for no limit.
    """
    here = (table.c.route == route, table.c.destination == ALL)
    fresh = {"route": route, "destination": ALL, "sent": 0}
    c.execute(insert_into(c, table).values(**fresh).on_conflict_do_nothing())
    asked = select(table.c.tat, table.c.day, table.c.sent, database_now().label("now"))
    row = c.execute(asked.where(*here).with_for_update()).one()
    sent = row.sent if row.day == day else 0
    if cap and sent >= cap:
        return Turns(0, 0.0, spent=True)
    start = max(row.tat or row.now, row.now)
    wait = (start - row.now).total_seconds()
    if wait > FEW:
        return Turns(0, wait - FEW)
    granted = min(letters, cap - sent) if cap else letters
    turn = start + timedelta(seconds=granted / rate)
    c.execute(update(table).where(*here).values(tat=turn, day=day, sent=sent + granted))
    return Turns(granted, wait)


def slowed(c: Connection, route: str) -> float | None:
    """The letters a second that a route has come down to, or None where it is as fast as it may be."""
    query = select(table.c.rate).where(table.c.route == route, table.c.destination == ALL)
    return c.execute(query).scalar()


def set_slowed(c: Connection, route: str, rate: float | None, now: datetime) -> None:
    """Remember how fast a route is for now."""
    fresh = {"route": route, "destination": ALL, "sent": 0}
    c.execute(insert_into(c, table).values(**fresh).on_conflict_do_nothing())
    here = (table.c.route == route, table.c.destination == ALL)
    c.execute(update(table).where(*here).values(rate=rate, changed_at=now))
