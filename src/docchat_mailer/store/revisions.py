"""Revisions: what publications say and said; append-only, their texts in a table of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, insert, select, update

from docchat_mailer.model.publication import Change, Picture, Revision, RevisionHead
from docchat_mailer.model.series import Enclosure
from docchat_mailer.store.schema import publications, revision_bodies, revisions

CHANGES = {change.value: change for change in Change}


class _Extras(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a revision carries beside its texts."""

    tags: tuple[str, ...] = ()
    picture: Picture | None = None
    enclosure: Enclosure | None = None


EXTRAS = msgspec.json.Decoder(_Extras)


def add_revision(
    c: Connection, publication_id: int, revision: Revision, *, updated_at: datetime | None
) -> None:
    """Append a revision and make it the current one; *updated_at* moves only where it is given."""
    insert_revision(c, publication_id, revision)
    values: dict[str, Any] = {"revision": revision.number}
    if updated_at is not None:
        values["updated_at"] = updated_at
    c.execute(update(publications).where(publications.c.id == publication_id).values(**values))


def insert_revision(c: Connection, publication_id: int, revision: Revision) -> None:
    """Append a revision; which one is current is the publication's to say."""
    key = {"publication_id": publication_id, "n": revision.number}
    extras = _Extras(tags=revision.tags, picture=revision.picture, enclosure=revision.enclosure)
    c.execute(
        insert(revisions).values(
            **key,
            title=revision.title,
            bare_title=revision.bare_title,
            summary=revision.summary,
            language=revision.language,
            author=revision.author,
            extras=msgspec.json.encode(extras).decode(),
            content_hash=revision.content_hash,
            source_digest=revision.source_digest,
            change=revision.change,
            at=revision.at,
        )
    )
    c.execute(insert(revision_bodies).values(**key, html=revision.html, text=revision.text))


def revision_heads(c: Connection, series: str | None = None) -> dict[int, RevisionHead]:
    """The current revision of every publication, without its texts: one statement."""
    query = select(revisions).join(
        publications,
        and_(publications.c.id == revisions.c.publication_id, publications.c.revision == revisions.c.n),
    )
    if series is not None:
        query = query.where(publications.c.series == series)
    return {row.publication_id: _head(row) for row in c.execute(query)}


def revisions_of(c: Connection, ids: Sequence[int]) -> dict[int, Revision]:
    """The current revisions of the publications *ids*, whole."""
    bodies = revision_bodies
    found: dict[int, Revision] = {}
    for start in range(0, len(ids), 500):
        query = (
            select(revisions, bodies.c.html, bodies.c.text)
            .join(
                publications,
                and_(
                    publications.c.id == revisions.c.publication_id,
                    publications.c.revision == revisions.c.n,
                ),
            )
            .join(
                bodies,
                and_(bodies.c.publication_id == revisions.c.publication_id, bodies.c.n == revisions.c.n),
            )
            .where(publications.c.id.in_(ids[start : start + 500]))
        )
        found.update((row.publication_id, _revision(row)) for row in c.execute(query))
    return found


def content_hash(c: Connection, publication: int, number: int) -> str:
    """The digest of what one revision of a publication says; empty where there is none."""
    key = (revisions.c.publication_id == publication, revisions.c.n == number)
    return c.execute(select(revisions.c.content_hash).where(*key)).scalar() or ""


def _head(row: Row[Any]) -> RevisionHead:
    return RevisionHead(**_facts(row))


def _revision(row: Row[Any]) -> Revision:
    return Revision(**_facts(row), html=row.html, text=row.text)


def _facts(row: Row[Any]) -> dict[str, Any]:
    extras = EXTRAS.decode(row.extras)
    return {
        "number": row.n,
        "title": row.title,
        "bare_title": row.bare_title,
        "summary": row.summary,
        "language": row.language,
        "author": row.author,
        "tags": extras.tags,
        "picture": extras.picture,
        "enclosure": extras.enclosure,
        "content_hash": row.content_hash,
        "source_digest": row.source_digest,
        "change": CHANGES[row.change],
        "at": row.at,
    }
