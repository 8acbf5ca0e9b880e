"""The one transaction that makes something public: publication, revision, promises, edition.

After it nothing about the publication's name can change; before it nobody has seen anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.disk import write_whole
from docchat_mailer.model.instants import whole_second
from docchat_mailer.model.publication import FOLLOWERS, Kind, Promise, Publication, Revision
from docchat_mailer.model.series import Series
from docchat_mailer.publishing.composing import Composed
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.shelf import Shelf
from docchat_mailer.rules.naming import free_path, mint_entry_id
from docchat_mailer.store import editions, marks, media, publications
from docchat_mailer.store.database import Connection
from docchat_mailer.store.media import MediaRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Manuscript:
    """What is to be frozen: everything known of a publication before it has an id."""

    series: Series
    number: int
    kind: Kind
    slug: str
    path: str
    composed: Composed
    slot: datetime | None
    promises: tuple[Promise, ...] = ()
    entry_id: str | None = None
    permalink: bool = False
    aliases: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None


def freeze(press: Press, authority: str, manuscript: Manuscript, now: datetime, *, mail: bool) -> Publication:
    """Make *manuscript* public in the database, with an edition if it is to be mailed.

    Images are kept first, since a publication without its images could not be rebuilt.
    Raises ContentError, and keeps nothing else, where the letter has a finding that is an error.
    """
    keep_media(press, manuscript.composed)
    with press.db.write() as c:
        publication = _insert(c, authority, manuscript, now)
        if publication.kind is Kind.RELEASE:
            _keep_promises(c, publication, now)
            marks.clear_hold(c, publication.series, publication.number)
        if mail:
            _prepare_edition(press, c, publication, manuscript.composed.revision, now)
    return publication


def freeze_many(press: Press, authority: str, manuscripts: Sequence[Manuscript], now: datetime) -> None:
    """Make *manuscripts* public in one transaction and mail none of them: a blog that is adopted."""
    for manuscript in manuscripts:
        keep_media(press, manuscript.composed)
    with press.db.write() as c:
        for manuscript in manuscripts:
            publication = _insert(c, authority, manuscript, now)
            _keep_promises(c, publication, now)


def keep_media(press: Press, composed: Composed) -> None:
    """Keep a copy of every image of a revision, under its digest."""
    for medium in composed.media:
        kept = press.media / medium.digest
        if not kept.is_file():
            write_whole(kept, medium.source.read_bytes())
    rows = [MediaRow(medium.path, medium.digest, medium.type) for medium in composed.media]
    if rows:
        with press.db.write() as c:
            media.put_media(c, rows)


def _insert(c: Connection, authority: str, manuscript: Manuscript, now: datetime) -> Publication:
    published = whole_second(manuscript.published_at or now)
    return publications.insert_publication(
        c,
        series=manuscript.series.slug,
        number=manuscript.number,
        kind=manuscript.kind,
        slug=manuscript.slug,
        entry_id=manuscript.entry_id
        or mint_entry_id(
            authority,
            manuscript.series.slug,
            manuscript.number,
            manuscript.kind,
            taken=lambda entry_id: publications.entry_id_taken(c, entry_id),
        ),
        permalink=manuscript.permalink,
        path=free_path(manuscript.path, lambda path: publications.path_taken(c, path)),
        aliases=manuscript.aliases,
        published_at=published,
        updated_at=_unused(c, max(published, whole_second(manuscript.updated_at or published))),
        slot=manuscript.slot,
        live_at=None,
        promises=manuscript.promises,
        revision=manuscript.composed.revision,
    )


def _unused(c: Connection, instant: datetime) -> datetime:
    """*instant*, or the first later second no entry carries: ``updated`` is unique in every feed."""
    while publications.updated_taken(c, instant):
        instant += timedelta(seconds=1)
    return instant


def _keep_promises(c: Connection, release: Publication, now: datetime) -> None:
    """Mark what this release was promised for as kept, and link it from there."""
    for earlier in publications.all_publications(c, release.series):
        for index, promise in enumerate(earlier.promises):
            if promise.part == release.number and promise.kept_by is None and earlier.id != release.id:
                publications.keep_promise(c, earlier.id, index, kept_by=release.id, kept_at=whole_second(now))


def _prepare_edition(
    press: Press, c: Connection, publication: Publication, revision: Revision, now: datetime
) -> None:
    from docchat_mailer.checking.proofreading import gate  # noqa: PLC0415 - only a letter needs it

    shelf = Shelf.load_series(c, publication.series)
    entry = shelf.entry(publication, revision)
    letter = press.letters.compose(entry, seed=publication.entry_id.encode())
    gate(letter, entry, press.site)
    editions.insert_edition(
        c,
        publication_id=publication.id,
        revision=revision.number,
        audience=FOLLOWERS,
        at=now,
        subject=letter.subject,
        body=letter.compiled.pack(),
        plain=letter.plain.pack(),
    )
