"""Small facts about this database: a name and a value."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, select

from docchat_mailer.store.schema import meta
from docchat_mailer.store.upserting import insert_into, upsert


def get(c: Connection, key: str) -> str | None:
    """What stands under *key*."""
    return c.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def put(c: Connection, key: str, value: str) -> None:
    """Put *value* under *key*."""
    upsert(c, meta, [{"key": key, "value": value}])


def drop(c: Connection, key: str) -> None:
    """Forget *key*."""
    c.execute(delete(meta).where(meta.c.key == key))


def instance(c: Connection) -> str:
    """The name of this database among all others, made by whoever asks for it first."""
    name = get(c, "instance")
    if name is not None:
        return name
    made = insert_into(c, meta).values(key="instance", value=secrets.token_hex(16))
    c.execute(made.on_conflict_do_nothing())
    return str(c.execute(select(meta.c.value).where(meta.c.key == "instance")).scalar_one())


def get_instant(c: Connection, key: str) -> datetime | None:
    """The instant under *key*."""
    value = get(c, key)
    return None if value is None else datetime.fromisoformat(value)


def put_instant(c: Connection, key: str, instant: datetime) -> None:
    """Put an aware *instant* under *key*."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no zone")
    put(c, key, instant.isoformat())
