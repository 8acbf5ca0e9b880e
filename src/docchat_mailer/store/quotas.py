"""How often something was done for one key in one period, and a cap on it that holds between processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from docchat_mailer.store.schema import quotas as table
from docchat_mailer.store.upserting import insert_into


@dataclass(frozen=True, slots=True)
class Quota:
    """At most *cap* in *period* (a day, a month, as its name) for one *key* of one *scope*."""

    scope: str
    key: str
    period: str
    cap: int


def use(c: Connection, quota: Quota) -> bool:
    """Count one more; False, and nothing counted, where the cap is reached."""
    statement = insert_into(c, table).values(scope=quota.scope, key=quota.key, period=quota.period, used=1)
    counted = statement.on_conflict_do_update(
        index_elements=["scope", "key", "period"],
        set_={"used": table.c.used + 1},
        where=table.c.used < quota.cap,
    )
    return c.execute(counted).rowcount == 1


def use_all(c: Connection, asked: Sequence[Quota]) -> bool:
    """Count one more for each; False, and nothing counted, where one of the caps is reached."""
    with c.begin_nested() as trial:
        counted = [use(c, quota) for quota in asked]
        allowed = all(counted)
        if not allowed:
            trial.rollback()
    return allowed


def used(c: Connection, quota: Quota) -> int:
    """How many were counted."""
    key = (table.c.scope == quota.scope, table.c.key == quota.key, table.c.period == quota.period)
    return c.execute(select(table.c.used).where(*key)).scalar() or 0


def forget_before(c: Connection, period: str) -> int:
    """Drop what was counted in periods before *period*; returns how many rows."""
    return c.execute(delete(table).where(table.c.period < period)).rowcount
