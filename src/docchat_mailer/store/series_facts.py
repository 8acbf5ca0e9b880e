"""What pages say of a series, remembered for when its folder is gone."""

from __future__ import annotations

from sqlalchemy import Connection, select

from docchat_mailer.store.schema import series_facts
from docchat_mailer.store.upserting import upsert


def put_series(c: Connection, slug: str, packed: bytes) -> None:
    """Remember the facts of a series, packed by the caller."""
    upsert(c, series_facts, [{"slug": slug, "packed": packed}])


def all_series(c: Connection) -> dict[str, bytes]:
    """Slug to packed facts, of every series ever seen."""
    rows = c.execute(select(series_facts).order_by(series_facts.c.slug))
    return {row.slug: row.packed for row in rows}
