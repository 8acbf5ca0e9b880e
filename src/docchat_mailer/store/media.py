"""Images of published parts: the site path of each, and the digest under which a copy is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from docchat_mailer.store.schema import media as table
from docchat_mailer.store.upserting import upsert


class MediaRow(NamedTuple):
    """One image: its path below the site's root, SHA-256 in hex, and media type."""

    path: str
    digest: str
    type: str


def put_media(c: Connection, rows: Sequence[MediaRow]) -> None:
    """Remember images; a path that is there already holds the same bytes, since it names its digest."""
    upsert(c, table, [row._asdict() for row in rows])


def all_media(c: Connection) -> list[MediaRow]:
    """Every image that was ever published."""
    return [MediaRow(*row) for row in c.execute(select(table).order_by(table.c.path))]
