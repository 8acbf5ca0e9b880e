"""Galleys: a part as its file says it now, published or not, set as readers would meet it.

A proof shows what is published as it was frozen; a galley shows what the writer has just saved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from docchat_mailer.checking.samples import earlier_of
from docchat_mailer.content.body import Body, compose
from docchat_mailer.errors import ContentError
from docchat_mailer.model.instants import whole_second
from docchat_mailer.model.publication import Kind, Publication
from docchat_mailer.model.series import Part, Series
from docchat_mailer.publishing.composing import announcement_revision, assembled, slug_of
from docchat_mailer.publishing.proofing import Proof, as_if_released, series_view
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.render.views import Entry, Link
from docchat_mailer.rules.naming import composed_title, mint_entry_id, page_path
from docchat_mailer.rules.planning import part_slot
from docchat_mailer.store import revisions


@dataclass(frozen=True, kw_only=True, slots=True)
class Galley:
    """A *proof* of what is written; *body* is None for an announcement, which has no file of its own.

    *root* is the entry id of part 1, which the letters of later parts answer; empty where this is it.
    """

    proof: Proof
    body: Body | None
    root: str


def with_part(desk: Desk, series: Series, part: Part) -> tuple[Desk, Series]:
    """The desk and the series with *part* in its place, where a draft holds it back."""
    if part in series.parts:
        return desk, series
    others = [one for one in series.parts if one.number != part.number]
    written = replace(series, parts=tuple(sorted((*others, part), key=lambda one: one.number)))
    home = desk.pages.get(part.source.path) or page_path(series, part.slug, Kind.RELEASE)
    return replace(desk, pages={**desk.pages, part.source.path: home}), written


def release_galley(desk: Desk, series: Series, part: Part, now: datetime) -> Galley:
    """The release of *part* with the text its file has now, as if all before it were out.

    Raises ContentError where there is no text to be made of it; what else is wrong with it is a finding.
    """
    desk, series = with_part(desk, series, part)
    body = compose(desk.press.posts, part, desk.pages[part.source.path], desk.pages)
    slot = part_slot(series, desk.history(series.slug), part.number, now)
    told = replace(body, findings=())
    revision = assembled(desk.press.site, series, part, body=told, now=slot or now).revision
    out = _out(desk, series, part.number, Kind.RELEASE)
    if out is not None:
        entry = desk.shelf.entry(out, revision)
    else:
        entry = as_if_released(desk, desk.shelf, series, part, revision)
        entry = replace(entry, earlier=earlier_of(desk.press.site, series, part, desk.pages))
    return Galley(
        proof=Proof(desk=desk, entry=entry, published=out is not None),
        body=body,
        root=_root(desk, series, part.number),
    )


def announcement_galley(desk: Desk, series: Series, number: int, now: datetime) -> Galley:
    """The announcement of a part that is written or promised.

    Raises ContentError where there is none: part 1 has none, nor has a part without a date.
    """
    out = _out(desk, series, number, Kind.ANNOUNCEMENT)
    if out is not None:
        with desk.press.db.read() as c:
            revision = revisions.revisions_of(c, [out.id])[out.id]
        entry = desk.shelf.entry(out, revision)
    else:
        entry = _unannounced(desk, series, number, now)
    return Galley(
        proof=Proof(desk=desk, entry=entry, published=out is not None),
        body=None,
        root=_root(desk, series, number),
    )


def _unannounced(desk: Desk, series: Series, number: int, now: datetime) -> Entry:
    due = part_slot(series, desk.history(series.slug), number, now)
    if number == 1 or series.announce is None or due is None:
        raise _no_announcement(series, number)
    site = desk.press.site
    revision = announcement_revision(
        desk.press.announcements, site, series, number, due=due, now=now
    ).revision
    instant = whole_second(revision.at)
    announcement = Publication(
        id=0,
        series=series.slug,
        number=number,
        kind=Kind.ANNOUNCEMENT,
        slug=slug_of(series, number),
        entry_id=mint_entry_id(desk.authority, series.slug, number, Kind.ANNOUNCEMENT, lambda _id: False),
        path=page_path(series, slug_of(series, number), Kind.ANNOUNCEMENT),
        published_at=instant,
        updated_at=instant,
    )
    entry = desk.shelf.entry(announcement, revision)
    return replace(entry, series=series_view(desk, series), earlier=_earlier(desk, series, number))


def _no_announcement(series: Series, number: int) -> ContentError:
    if number == 1:
        why, fix = "nobody knows of a series before its first part is out", "look at its release"
    elif series.announce is None:
        why, fix = "the series announces nothing", 'write announce = "1 day" in its series.toml'
    else:
        why, fix = "an announcement says when the part comes, and it has no date", "give the series a cadence"
    return ContentError(
        f"part {number} is not announced", why=why, fix=fix, where="" if series.lone else str(series.source)
    )


def _out(desk: Desk, series: Series, number: int, kind: Kind) -> Publication | None:
    """The publication of that part and kind, where it is out."""
    return next(
        (
            one
            for one in desk.shelf.publications
            if (one.series, one.number, one.kind) == (series.slug, number, kind)
        ),
        None,
    )


def _root(desk: Desk, series: Series, number: int) -> str:
    if number == 1:
        return ""
    out, first = _out(desk, series, 1, Kind.RELEASE), series.part(1)
    if out is not None:
        return out.entry_id
    if first is not None and first.entry_id:
        return first.entry_id
    return mint_entry_id(desk.authority, series.slug, 1, Kind.RELEASE, lambda _id: False)


def _earlier(desk: Desk, series: Series, number: int) -> tuple[Link, ...]:
    return tuple(
        Link(
            title=composed_title(desk.press.site, series, one.number, one.title),
            path=desk.pages[one.source.path],
        )
        for one in series.parts
        if one.number < number
    )
