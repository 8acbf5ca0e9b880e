"""Digests: the releases of a week or a month in one letter, to those who chose that rhythm.

A digest is a publication without an entry, one for each period.  Readers who follow different things get
different letters of it: each set of releases is an audience of its own, frozen when the digest is made.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from docchat_mailer.model.instants import whole_second
from docchat_mailer.model.publication import Change, Kind, Publication, Revision
from docchat_mailer.model.slugs import slugify
from docchat_mailer.model.subscriber import Rhythm
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.render.letters import ComposedLetter
from docchat_mailer.rules.digests import LATE, Period, last_period, next_end
from docchat_mailer.rules.naming import mint_entry_id
from docchat_mailer.store import digests, editions, fan_out, publications
from docchat_mailer.store.database import Connection
from docchat_mailer.store.digests import MOST, Gathered

RHYTHMS = (Rhythm.WEEK, Rhythm.MONTH)
DIGEST = "digest:"
"""What the series of a digest begins with; its rhythm follows."""


def make_digests(desk: Desk, now: datetime) -> int:
    """Make every digest that is due and not made yet; returns how many readers get one."""
    periods = (last_period(rhythm, now, desk.press.site.zone) for rhythm in RHYTHMS)
    return sum(_make(desk, period, now) for period in periods if now - period.end <= LATE)


def next_digest(press: Press, now: datetime) -> datetime | None:
    """The next instant at which one is due; None where nobody wants any."""
    if press.notices is None:
        return None
    with press.db.read() as c:
        wanted = [rhythm for rhythm in RHYTHMS if digests.anybody(c, rhythm)]
    return min((next_end(rhythm, now, press.site.zone) for rhythm in wanted), default=None)


def _make(desk: Desk, period: Period, now: datetime) -> int:
    """One digest, once: publication, editions and rows in one transaction."""
    press = desk.press
    if press.notices is None:
        return 0
    releases = _releases(desk, period)
    with press.db.read() as c:
        known = publications.find_publication(c, f"{DIGEST}{period.rhythm}", period.number, Kind.DIGEST)
        if known is not None or not releases or not digests.anybody(c, period.rhythm):
            return 0
        found = digests.groups(c, releases, now, period.rhythm)
    letters = {chosen: _letter(desk, period, chosen) for chosen in found}

    def work(c: Connection) -> int:
        publication = _publication(c, desk.authority, period, now)
        readers = 0
        for chosen in sorted(digests.groups(c, releases, now, period.rhythm), key=sorted):
            # somebody may have changed what they follow since the letters were made
            letter = letters.get(chosen) or _letter(desk, period, chosen)
            edition = _edition(c, publication, chosen, letter, now)
            condition = digests.getting_just(releases, chosen, now, period.rhythm)
            readers += fan_out.fan_out_to(c, edition, condition, now)
        return readers

    return press.db.retrying(work, one_moment=True)


def _edition(
    c: Connection, publication: Publication, chosen: frozenset[int], letter: ComposedLetter, now: datetime
) -> int:
    return editions.insert_edition(
        c,
        publication_id=publication.id,
        revision=1,
        audience=f"releases {' '.join(map(str, sorted(chosen)))}",
        at=now,
        subject=letter.subject,
        body=letter.compiled.pack(),
        plain=letter.plain.pack(),
    ).id


def _releases(desk: Desk, period: Period) -> list[Gathered]:
    """What came out in a period, oldest first; of more than a letter holds, the newest."""
    shelf = desk.shelf
    found = [
        publication
        for publication in shelf.publications
        if publication.kind is Kind.RELEASE
        and period.start <= publication.published_at < period.end
        and publication.live_at is not None
    ]
    return [
        Gathered(
            publication=publication.id,
            series=publication.series,
            tags=tuple(sorted({slugify(tag) for tag in shelf.heads[publication.id].tags})),
        )
        for publication in found[-MOST:]
    ]


def _letter(desk: Desk, period: Period, chosen: frozenset[int]) -> ComposedLetter:
    writer, shelf = desk.press.notices, desk.shelf
    if writer is None:
        raise ValueError("a site without a door has no digests")
    told = [
        (shelf.heads[publication.id].title, shelf.heads[publication.id].summary, publication.path)
        for publication in shelf.publications
        if publication.id in chosen
    ]
    notice = writer.digest(period.rhythm, period.start, period.end, told)
    seed = f"{DIGEST}{period.rhythm} {period.number} {sorted(chosen)}".encode()
    return writer.compose(notice, seed)


def _publication(c: Connection, authority: str, period: Period, now: datetime) -> Publication:
    series, at = f"{DIGEST}{period.rhythm}", whole_second(now)
    return publications.insert_publication(
        c,
        series=series,
        number=period.number,
        kind=Kind.DIGEST,
        slug=f"{period.rhythm}-{period.number}",
        entry_id=mint_entry_id(
            authority,
            series,
            period.number,
            Kind.DIGEST,
            taken=lambda entry_id: publications.entry_id_taken(c, entry_id),
        ),
        permalink=False,
        path="",
        aliases=(),
        published_at=at,
        updated_at=None,
        slot=period.end,
        live_at=at,
        promises=(),
        revision=_revision(series, period, at),
    )


def _revision(series: str, period: Period, at: datetime) -> Revision:
    title = f"{series} {period.number}"
    return Revision(
        number=1,
        title=title,
        bare_title=title,
        summary="",
        language="",
        author="",
        tags=(),
        picture=None,
        enclosure=None,
        content_hash=hashlib.sha256(title.encode()).hexdigest(),
        source_digest="",
        change=Change.FIRST,
        at=at,
        html="",
        text="",
    )
