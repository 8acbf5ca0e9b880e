"""Standing editions of the notices: recorded where there is none, and anew where a notice says other words.

What waits in an older one keeps its letter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from docchat_mailer.model.instants import whole_second
from docchat_mailer.model.publication import Change, Kind, Publication, Revision
from docchat_mailer.publishing.building import series_maps
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.render.notices import Notice
from docchat_mailer.rules.naming import mint_entry_id
from docchat_mailer.store import editions, publications
from docchat_mailer.store.database import Connection
from docchat_mailer.store.editions import NOTICE


def prepare_notices(desk: Desk, now: datetime) -> int:
    """Have every notice of the site ready to be sent; returns how many were made anew."""
    writer = desk.press.notices
    if writer is None:
        return 0
    found = writer.notices(list(series_maps(desk, now).values()))
    missing = _missing(desk.press, found)
    for notice, digest in missing:
        letter = writer.compose(notice, digest.encode())
        with desk.press.db.write() as c:
            publication = _publication(c, desk.authority, notice, now)
            if editions.edition_for(c, publication.id, digest) is None:
                editions.insert_edition(
                    c,
                    publication_id=publication.id,
                    revision=1,
                    audience=digest,
                    at=now,
                    subject=notice.subject,
                    body=letter.compiled.pack(),
                    plain=letter.plain.pack(),
                    standing=True,
                )
    return len(missing)


def _missing(press: Press, found: Sequence[Notice]) -> list[tuple[Notice, str]]:
    """The notices whose newest edition says something else, with the digest of what they say."""
    with press.db.read() as c:
        there = {notice.name: editions.standing(c, notice.name) for notice in found}
        said = {
            name: "" if edition is None else editions.get_edition(c, edition).audience
            for name, edition in there.items()
        }
    digests = [(notice, _digest(press, notice)) for notice in found]
    return [(notice, digest) for notice, digest in digests if said[notice.name] != digest]


def _digest(press: Press, notice: Notice) -> str:
    """What a notice's letter is made of."""
    made_of = [press.rendering, repr(press.site), repr(press.notices_from), notice]
    return hashlib.sha256(msgspec.msgpack.encode(made_of)).hexdigest()[:24]


def _publication(c: Connection, authority: str, notice: Notice, now: datetime) -> Publication:
    """The publication of a notice, which has no page and no entry; made where it is missing."""
    series = f"{NOTICE}{notice.name}"
    known = publications.find_publication(c, series, 0, Kind.NOTICE)
    if known is not None:
        return known
    at = whole_second(now)
    return publications.insert_publication(
        c,
        series=series,
        number=0,
        kind=Kind.NOTICE,
        slug=notice.name,
        entry_id=mint_entry_id(
            authority, series, 0, Kind.NOTICE, taken=lambda entry_id: publications.entry_id_taken(c, entry_id)
        ),
        permalink=False,
        path="",
        aliases=(),
        published_at=at,
        updated_at=None,
        slot=None,
        live_at=at,
        promises=(),
        revision=_revision(notice, at),
    )


def _revision(notice: Notice, at: datetime) -> Revision:
    text = "\n\n".join(notice.paragraphs)
    return Revision(
        number=1,
        title=notice.subject,
        bare_title=notice.subject,
        summary="",
        language=notice.language,
        author="",
        tags=(),
        picture=None,
        enclosure=None,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        source_digest="",
        change=Change.FIRST,
        at=at,
        html="",
        text=text,
    )
