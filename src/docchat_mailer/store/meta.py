"""Small facts about this database: a name and a value."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, select

from docchat_mailer.store.schema import meta
from docchat_mailer.store.upserting import upsert


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
    """The name of this database among all others, made when it is first asked for."""
    name = get(c, "instance")
    if name is None:
        name = secrets.token_hex(16)
        put(c, "instance", name)
    return name


def get_instant(c: Connection, key: str) -> datetime | None:
    """The instant under *key*."""
    value = get(c, key)
    return None if value is None else datetime.fromisoformat(value)


def put_instant(c: Connection, key: str, instant: datetime) -> None:
    """Put an aware *instant* under *key*."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no zone")
    put(c, key, instant.isoformat())
