"""From a part's file, or a line of the outline, to the revision that is frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from docchat_mailer.content.library import Library
from docchat_mailer.errors import ContentError
from docchat_mailer.model.finding import Severity
from docchat_mailer.model.publication import Change, Kind, Publication, Revision
from docchat_mailer.model.series import Part, Series
from docchat_mailer.model.site import Site
from docchat_mailer.model.slugs import slugify
from docchat_mailer.render.announcements import AnnouncementWriter, Coming
from docchat_mailer.rules.naming import composed_title, page_path, series_path

if TYPE_CHECKING:
    from docchat_mailer.content.body import Body, Media

NO_SOURCE = ""
"""The source digest of a revision that was made from the outline."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Composed:
    """A revision ready to be frozen, and the images it brings along."""

    revision: Revision
    media: tuple[Media, ...] = ()


def page_map(library: Library, published: Sequence[Publication]) -> dict[str, str]:
    """Where links between posts lead: source path to page path, frozen paths first."""
    frozen = {(p.series, p.number): p.path for p in published if p.kind is Kind.RELEASE}
    return {
        part.source.path: frozen.get((part.series, part.number), page_path(series, part.slug, Kind.RELEASE))
        for series in library.series
        for part in series.parts
    }


def slug_of(series: Series, number: int) -> str:
    """The slug of a part that is written, or of one the outline promises."""
    part, promised = series.part(number), series.promised(number)
    if part is not None:
        return part.slug
    return (slugify(promised.title) if promised is not None else "") or f"part-{number}"


def release_revision(
    folder: Path,
    site: Site,
    series: Series,
    part: Part,
    *,
    path: str,
    pages: Mapping[str, str],
    now: datetime,
) -> Composed:
    """The first revision of a part's release, from its file.

    Raises ContentError where the file cannot be composed, or has an error that would reach readers.
    """
    from docchat_mailer.content.body import compose  # noqa: PLC0415 - Markdown loads when a text is new

    return assembled(site, series, part, body=compose(folder, part, path, pages), now=now)


def assembled(site: Site, series: Series, part: Part, *, body: Body, now: datetime) -> Composed:
    """The first revision of a part's release, from its *body*.

    Raises ContentError where a finding of the body is an error.
    """
    errors = [str(finding) for finding in body.findings if finding.severity is Severity.ERROR]
    if errors:
        raise ContentError("; ".join(errors))
    return Composed(revision=_sealed(_release(site, series, part, body, now)), media=body.media)


def _release(site: Site, series: Series, part: Part, body: Body, now: datetime) -> Revision:
    return Revision(
        number=1,
        title=composed_title(site, series, part.number, part.title),
        bare_title=part.title,
        html=body.html,
        text=body.text,
        summary=body.summary,
        language=part.language or series.language or site.language,
        author=part.author or series.author or site.author,
        tags=tuple(dict.fromkeys((*series.tags, *part.tags))),
        picture=body.picture,
        enclosure=part.enclosure,
        content_hash="",
        source_digest=part.digest,
        change=Change.FIRST,
        at=now,
    )


def announcement_revision(
    writer: AnnouncementWriter, site: Site, series: Series, number: int, *, due: datetime, now: datetime
) -> Composed:
    """The announcement of a part, from its front matter or, unwritten, from the outline."""
    part, promised = series.part(number), series.promised(number)
    named = part if part is not None else promised
    if named is None:
        raise ValueError(f"{series.slug}/{number} is neither written nor promised")
    language = series.language or site.language
    title = composed_title(site, series, number, named.title)
    html, text = writer.body(
        Coming(
            series_title=series.title,
            series_path=series_path(series.slug),
            title=title,
            summary=named.summary,
            due=due,
            language=language,
        )
    )
    revision = Revision(
        number=1,
        title=writer.title(title, due, language),
        bare_title=named.title,
        html=html,
        text=text,
        summary=named.summary or writer.title(title, due, language),
        language=language,
        author=series.author or site.author,
        tags=tuple(dict.fromkeys((*series.tags, *(part.tags if part is not None else ())))),
        picture=None,
        enclosure=None,
        content_hash="",
        source_digest=NO_SOURCE,
        change=Change.FIRST,
        at=now,
    )
    return Composed(revision=_sealed(revision))


def _sealed(revision: Revision) -> Revision:
    """*revision* with the digest of everything readers see of it."""
    values = [getattr(revision, name) for name in SEEN]
    return replace(revision, content_hash=hashlib.sha256(msgspec.msgpack.encode(values)).hexdigest())


SEEN = ("title", "html", "text", "summary", "language", "author", "tags", "picture", "enclosure")
"""What readers see of a revision: a change of anything else is no new revision."""
