"""What pages say of a series, remembered for when its folder is gone."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.series import SeriesFacts
from docchat_mailer.store.schema import publications, series_facts
from docchat_mailer.store.upserting import upsert

_DECODER = msgspec.msgpack.Decoder(SeriesFacts)


def put_series(c: Connection, facts: SeriesFacts) -> None:
    """Remember the facts of a series."""
    upsert(c, series_facts, [{"slug": facts.slug, "packed": msgspec.msgpack.encode(facts)}])


def all_series(c: Connection) -> dict[str, SeriesFacts]:
    """Slug to facts, of every series ever seen."""
    rows = c.execute(select(series_facts).order_by(series_facts.c.slug))
    return {row.slug: _DECODER.decode(row.packed) for row in rows}


def published_series(c: Connection) -> list[SeriesFacts]:
    """The series of which a part is out, by slug; posts that stand alone are none."""
    out = select(publications.c.series).where(publications.c.kind == Kind.RELEASE)
    query = select(series_facts).where(series_facts.c.slug.in_(out)).order_by(series_facts.c.slug)
    found = (_DECODER.decode(row.packed) for row in c.execute(query))
    return [facts for facts in found if not facts.lone]
