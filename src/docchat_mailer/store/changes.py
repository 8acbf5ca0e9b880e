"""A short name for the state of everything pages are made from: it differs when a page may."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, func, select

from docchat_mailer.store.schema import part_marks, promises, publications, series_facts


def state_of(c: Connection) -> str:
    """A digest over what is published, kept, held and known of series; a few aggregates, no bodies."""
    table = publications.c
    published = select(
        func.count(), func.max(table.id), func.sum(table.revision), func.max(table.updated_at)
    ).select_from(publications)
    kept = select(func.count(), func.count(promises.c.kept_by)).select_from(promises)
    facts = select(series_facts).order_by(series_facts.c.slug)
    marks = select(part_marks).order_by(part_marks.c.series, part_marks.c.number)
    digest = hashlib.sha256()
    for query in (published, kept, facts, marks):
        for row in c.execute(query):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()
