"""A part before it is published: its text, and the letter it would become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from docchat_mailer.content.body import Body, compose
from docchat_mailer.errors import ContentError
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.series import Part, Series
from docchat_mailer.model.site import Site
from docchat_mailer.render.letters import MAX_HTML, LetterWriter
from docchat_mailer.render.views import Entry, SeriesView
from docchat_mailer.rules.naming import composed_title, series_path

FURNITURE = 24 * 1024
"""Bytes of a letter beside its body, at most."""

STYLE = 400
"""Bytes that inlined styles add to one element, at most."""


def part_findings(
    folder: Path, site: Site, letters: LetterWriter, series: Series, part: Part, *, pages: Mapping[str, str]
) -> Iterator[Finding]:
    """What should be changed before *part* is published."""
    try:
        body = compose(folder, part, pages[part.source.path], pages)
    except ContentError as exc:
        yield finding("C305", part.source, exc.what, series=series.slug, part=part.number)
        return
    yield from body.findings
    if _may_be_too_long(body):
        yield from _letter_findings(site, letters, series, part, body)


def _may_be_too_long(body: Body) -> bool:
    """Whether the letter could exceed its budget; most parts are so short that it need not be made."""
    return len(body.html.encode()) + body.html.count("<") * STYLE + FURNITURE > MAX_HTML


def _letter_findings(
    site: Site, letters: LetterWriter, series: Series, part: Part, body: Body
) -> Iterator[Finding]:
    entry = sample_of(site, series, part, body)
    try:
        letters.compose(entry, seed=part.key.encode())
    except ContentError as exc:
        yield finding("C304", part.source, exc.what, series=series.slug, part=part.number)


def sample_of(site: Site, series: Series, part: Part, body: Body) -> Entry:
    """The part as an entry, as it would be if it were published now."""
    view = None
    if not series.lone:
        view = SeriesView(
            slug=series.slug, title=series.title, path=series_path(series.slug), total=series.total
        )
    return Entry(
        id=f"tag:docchat-mailer.invalid,2000:{part.key}",
        permalink=False,
        kind=Kind.RELEASE,
        path="/",
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
        published=SOME_DAY,
        updated=SOME_DAY,
        series=view,
        number=part.number,
    )


SOME_DAY = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""An instant for a letter that is only weighed."""
