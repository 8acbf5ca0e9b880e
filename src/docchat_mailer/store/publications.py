"""Publications and their promises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from docchat_mailer.model.publication import (
    Kind,
    Promise,
    Publication,
    Revision,
)
from docchat_mailer.store.revisions import insert_revision
from docchat_mailer.store.schema import promises, publications

KINDS = {kind.value: kind for kind in Kind}
ENTRIES = tuple(kind for kind in Kind if kind.has_entry)
LIST = msgspec.json.Decoder(tuple[str, ...])


# -- writing ---------------------------------------------------------------------------------------------


def insert_publication(
    c: Connection,
    *,
    series: str,
    number: int,
    kind: Kind,
    slug: str,
    entry_id: str,
    permalink: bool,
    path: str,
    aliases: Sequence[str],
    published_at: datetime,
    updated_at: datetime | None,
    slot: datetime | None,
    live_at: datetime | None,
    promises: Sequence[Promise],
    revision: Revision,
) -> Publication:
    """Make something public; a second one of the same part and kind is refused by its constraint.

    What has no entry is given no *path* and no *updated_at*.
    """
    values = {
        "series": series,
        "number": number,
        "kind": kind,
        "slug": slug,
        "entry_id": entry_id,
        "permalink": permalink,
        "path": path or None,
        "aliases": msgspec.json.encode(list(aliases)).decode(),
        "published_at": published_at,
        "updated_at": updated_at,
        "slot": slot,
        "live_at": live_at,
        "revision": revision.number,
    }
    inserted = c.execute(insert(publications).values(**values)).inserted_primary_key
    if inserted is None:
        raise RuntimeError("the database gave no key for the publication")
    publication_id = int(inserted[0])
    insert_revision(c, publication_id, revision)
    _insert_promises(c, publication_id, promises)
    return get_publication(c, publication_id)


def set_live(c: Connection, ids: Sequence[int], at: datetime) -> None:
    """The pages of these publications answer."""
    statement = update(publications).where(publications.c.id == bindparam("page"))
    c.execute(statement.values(live_at=at), [{"page": publication_id} for publication_id in ids])


def keep_promise(c: Connection, publication_id: int, index: int, *, kept_by: int, kept_at: datetime) -> None:
    """A promise was kept by another publication."""
    c.execute(
        update(promises)
        .where(promises.c.publication_id == publication_id, promises.c.position == index)
        .values(kept_by=kept_by, kept_at=kept_at)
    )


def rename_series(c: Connection, old: str, new: str) -> None:
    """The folder of a series has another name; ids and paths stay."""
    c.execute(update(publications).where(publications.c.series == old).values(series=new))


def rename_part(c: Connection, old_series: str, old_number: int, new_series: str, new_number: int) -> None:
    """A part has another number, or stands in another series; its id and path stay."""
    c.execute(
        update(publications)
        .where(publications.c.series == old_series, publications.c.number == old_number)
        .values(series=new_series, number=new_number)
    )


def _insert_promises(c: Connection, publication_id: int, made: Sequence[Promise]) -> None:
    rows = [
        {
            "publication_id": publication_id,
            "position": position,
            "topic": promise.topic,
            "part": promise.part,
            "due": promise.due,
            "kept_by": promise.kept_by,
            "kept_at": promise.kept_at,
        }
        for position, promise in enumerate(made)
    ]
    if rows:
        c.execute(insert(promises), rows)


# -- reading ---------------------------------------------------------------------------------------------


def all_publications(c: Connection, series: str | None = None) -> list[Publication]:
    """Every entry, or all of one series, oldest first, with promises: two statements.

    What has no entry, a notice or a digest, is not among them.
    """
    query = select(publications).where(publications.c.kind.in_(ENTRIES))
    query = query.order_by(publications.c.published_at, publications.c.id)
    return _publications(c, query if series is None else query.where(publications.c.series == series))


def find_publication(c: Connection, series: str, number: int, kind: Kind) -> Publication | None:
    """The publication of a part, of one kind."""
    table = publications.c
    found = _publications(
        c,
        select(publications).where(table.series == series, table.number == number, table.kind == kind),
    )
    return found[0] if found else None


def get_publication(c: Connection, publication_id: int) -> Publication:
    """The publication with that id.

    Raises LookupError where there is none.
    """
    found = _publications(c, select(publications).where(publications.c.id == publication_id))
    if not found:
        raise LookupError(f"there is no publication {publication_id}")
    return found[0]


def not_live(c: Connection) -> list[Publication]:
    """Publications whose page has not been seen to answer, oldest first."""
    query = select(publications).where(publications.c.live_at.is_(None))
    return _publications(c, query.order_by(publications.c.published_at, publications.c.id))


def entry_id_taken(c: Connection, entry_id: str) -> bool:
    """Whether an entry id was ever given."""
    return c.execute(select(1).where(publications.c.entry_id == entry_id)).first() is not None


def path_taken(c: Connection, path: str) -> bool:
    """Whether a page path was ever given."""
    return c.execute(select(1).where(publications.c.path == path)).first() is not None


def updated_taken(c: Connection, instant: datetime) -> bool:
    """Whether an entry carries this ``updated``."""
    return c.execute(select(1).where(publications.c.updated_at == instant)).first() is not None


def promises_due(
    c: Connection, *, after: datetime | None, until: datetime
) -> list[tuple[Publication, Promise]]:
    """Open promises whose date lies after *after* and not after *until*, oldest first."""
    query = select(promises).where(promises.c.kept_by.is_(None), promises.c.due <= until)
    if after is not None:
        query = query.where(promises.c.due > after)
    rows = c.execute(query.order_by(promises.c.due, promises.c.publication_id, promises.c.position)).all()
    return [(get_publication(c, row.publication_id), _promise(row)) for row in rows]


def next_promise_due(c: Connection, *, after: datetime) -> datetime | None:
    """The next instant after *after* at which an open promise is due."""
    query = select(promises.c.due).where(promises.c.kept_by.is_(None), promises.c.due > after)
    return c.execute(query.order_by(promises.c.due).limit(1)).scalar()


def _publications(c: Connection, query: Select[Any]) -> list[Publication]:
    rows = c.execute(query).all()
    made = _promises_of(c, None if len(rows) > 1 else [row.id for row in rows])
    return [_publication(row, made.get(row.id, ())) for row in rows]


def _promises_of(c: Connection, ids: Sequence[int] | None) -> Mapping[int, tuple[Promise, ...]]:
    query = select(promises).order_by(promises.c.publication_id, promises.c.position)
    if ids is not None:
        query = query.where(promises.c.publication_id.in_(ids))
    found: defaultdict[int, list[Promise]] = defaultdict(list)
    for row in c.execute(query):
        found[row.publication_id].append(_promise(row))
    return {publication_id: tuple(made) for publication_id, made in found.items()}


def _promise(row: Row[Any]) -> Promise:
    return Promise(topic=row.topic, part=row.part, due=row.due, kept_by=row.kept_by, kept_at=row.kept_at)


def _publication(row: Row[Any], made: tuple[Promise, ...]) -> Publication:
    return Publication(
        id=row.id,
        series=row.series,
        number=row.number,
        kind=KINDS[row.kind],
        slug=row.slug,
        entry_id=row.entry_id,
        path=row.path or "",
        published_at=row.published_at,
        updated_at=row.updated_at or row.published_at,
        slot=row.slot,
        live_at=row.live_at,
        permalink=row.permalink,
        aliases=LIST.decode(row.aliases),
        revision=row.revision,
        promises=made,
    )
