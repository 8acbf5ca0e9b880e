"""A published file was edited: a new revision, for page and feed; nobody is mailed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from docchat_mailer.errors import ContentError
from docchat_mailer.model.instants import whole_second
from docchat_mailer.model.publication import Change, Kind, Publication, RevisionHead
from docchat_mailer.model.series import Part, Series
from docchat_mailer.model.site import Site
from docchat_mailer.publishing.composing import release_revision
from docchat_mailer.publishing.events import Event, EventName
from docchat_mailer.publishing.freezing import keep_media
from docchat_mailer.publishing.stepping import Desk, happened
from docchat_mailer.rules.naming import composed_title
from docchat_mailer.store import revisions


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """A published part whose file says something else than its current revision, or is gone (part None)."""

    publication: Publication
    series: Series | None
    part: Part | None


def drifts(desk: Desk) -> list[Drift]:
    """Every published part that differs from its file."""
    released = [p for p in desk.shelf.publications if p.kind is Kind.RELEASE]
    heads = desk.shelf.heads
    series_by_slug = {series.slug: series for series in desk.library.series}
    found: list[Drift] = []
    for publication in released:
        series = series_by_slug.get(publication.series)
        part = series.part(publication.number) if series is not None else None
        if series is None or part is None or _differs(desk.press.site, series, part, heads[publication.id]):
            found.append(Drift(publication=publication, series=series, part=part))
    return found


def _differs(site: Site, series: Series, part: Part, head: RevisionHead) -> bool:
    return (
        part.digest != head.source_digest
        or composed_title(site, series, part.number, part.title) != head.title
        or tuple(dict.fromkeys((*series.tags, *part.tags))) != head.tags
    )


def revise(desk: Desk, now: datetime) -> Iterator[Event]:
    """Add a revision for every edited file; a file that is gone keeps its page and its entry.

    ``updated`` moves only where the front matter says so, to that instant.
    """
    for drift in drifts(desk):
        if drift.series is None or drift.part is None or drift.series.fault:
            continue
        try:
            yield _revise(desk, drift.publication, drift.series, drift.part, now)
        except ContentError as exc:
            event = happened(EventName.HELD, drift.publication, now)
            yield replace(event, detail=f"the edit is not published: {exc}")


def _revise(desk: Desk, publication: Publication, series: Series, part: Part, now: datetime) -> Event:
    press = desk.press
    composed = release_revision(
        press.posts, press.site, series, part, path=publication.path, pages=desk.pages, now=now
    )
    updated = whole_second(part.updated) if part.updated is not None else None
    material = updated is not None and updated > publication.updated_at
    revision = replace(
        composed.revision,
        number=publication.revision + 1,
        change=Change.MATERIAL if material else Change.MINOR,
    )
    keep_media(press, composed)
    with press.db.write() as c:
        revisions.add_revision(c, publication.id, revision, updated_at=updated if material else None)
    return happened(EventName.REVISED, publication, now)
