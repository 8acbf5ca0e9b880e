"""One part before it is published: all findings about its text, its letter, its entry and its page.

``check``, the preview's panel and the gate before publishing ask here, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from docchat_mailer.checking.draft import Draft
from docchat_mailer.checking.feeds import Fault, feed_faults
from docchat_mailer.checking.letters import letter_findings
from docchat_mailer.checking.page_check import page_faults
from docchat_mailer.checking.samples import sample_of
from docchat_mailer.content.addresses import LARGE_IMAGE
from docchat_mailer.content.body import Body, compose
from docchat_mailer.errors import ConfigError, ContentError
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding, Severity
from docchat_mailer.model.series import Part, Series, Source
from docchat_mailer.model.site import Site
from docchat_mailer.render.feeds import FeedRenderer, feed_path
from docchat_mailer.render.feeds.addresses import ascii_url
from docchat_mailer.render.letters import ComposedLetter, LetterWriter, TooLongError
from docchat_mailer.render.site import PageWriter
from docchat_mailer.render.views import Entry, Feed, FeedDocument, FeedFormat


@dataclass(frozen=True, kw_only=True, slots=True)
class Proofreader:
    """What is needed to see a part as its readers would: the content *folder* and the writers.

    *pages* says where the pages of posts lie or will lie: source path to page path.
    """

    folder: Path
    site: Site
    letters: LetterWriter
    feeds: FeedRenderer
    page_writer: PageWriter
    pages: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proofread:
    """The *findings* about a part, by weight and place; *body* is None where there is no text to judge."""

    findings: tuple[Finding, ...]
    body: Body | None = None
    letters: int = 0


def findings_for(
    reader: Proofreader, series: Series, part: Part, now: datetime, letter: ComposedLetter | None = None
) -> tuple[Finding, ...]:
    """Everything that should be changed in *part* before it is published: for the preview's panel.

    A *letter* that is at hand is judged as it is; without one it is compiled, which takes some 50 ms.
    Nothing is raised for what is wrong with the part: it is a finding.
    """
    return proofread(reader, series, part, now, letter).findings


def proofread(
    reader: Proofreader, series: Series, part: Part, now: datetime, letter: ComposedLetter | None = None
) -> Proofread:
    """The findings about *part*, the body they are about, and how many letters were compiled for them."""
    try:
        body = compose(reader.folder, part, reader.pages[part.source.path], reader.pages)
    except ContentError as exc:
        return Proofread(findings=(_unmade(exc, series, part),))
    entry = sample_of(reader.site, series, part, body, reader.pages)
    try:
        in_letter = _of_letter(reader, series, part, entry, letter)
        faults = [*_weight(body), *_of_feeds(reader, entry, now), *_of_page(reader, entry)]
    except ConfigError as exc:
        return Proofread(findings=(*body.findings, _of_template(exc)), body=body)
    others = [
        finding(code, part.source, what, series=series.slug, part=part.number)
        for code, what in dict.fromkeys(faults)
    ]
    found = [*_without_twins(body.findings, in_letter), *others]
    return Proofread(findings=tuple(found), body=body, letters=letter is None)


def _unmade(fault: ContentError, series: Series, part: Part) -> Finding:
    """A text that cannot become a page and a letter, told at its line where that is known."""
    line = fault.where.removeprefix(f"{part.source.path}:")
    where = replace(part.source, line=int(line)) if line.isdigit() else part.source
    return finding(
        "C305", where, fault.what, why=fault.why, fix=fault.fix, series=series.slug, part=part.number
    )


def _of_template(fault: ConfigError) -> Finding:
    """A template that cannot be rendered, told where it is."""
    path, _, line = fault.where.rpartition(":")
    where = Source(path=path, line=int(line)) if line.isdigit() else Source(path=fault.where or "templates")
    return finding("C306", where, fault.why or fault.what)


def _of_letter(
    reader: Proofreader, series: Series, part: Part, entry: Entry, letter: ComposedLetter | None
) -> list[Finding]:
    try:
        letter = letter or reader.letters.compose(entry, seed=part.key.encode())
    except ContentError as exc:
        if isinstance(exc, TooLongError):
            return [finding("C304", part.source, exc.what, series=series.slug, part=part.number)]
        return [_unmade(exc, series, part)]
    return judged(letter, entry, reader.site, part.source, series.slug)


def judged(
    letter: ComposedLetter, entry: Entry, site: Site, source: Source, series: str = ""
) -> list[Finding]:
    """The findings about a *letter* that is compiled, told at *source*."""
    return letter_findings(
        Draft(
            subject=letter.subject,
            html=letter.html,
            text=letter.text,
            entry=entry,
            site=site,
            source=source,
            series=series,
            part=entry.number if series else None,
        )
    )


def gate(letter: ComposedLetter, entry: Entry, site: Site) -> None:
    """Let a *letter* pass that may be frozen; raises ContentError, with code and reason, for any other."""
    source = Source(path=entry.path)
    errors = [one for one in judged(letter, entry, site, source) if one.severity is Severity.ERROR]
    if errors:
        raise ContentError("; ".join(f"{one.what} - {one.why} - {one.fix} [{one.code}]" for one in errors))


def _without_twins(of_text: tuple[Finding, ...], of_letter: list[Finding]) -> Iterator[Finding]:
    """A template mark in the text is one finding: the letter's weight at the text's line."""
    marked = next((one for one in of_text if one.code == "C223" and "'{" in one.what), None)
    heavy = any(one.code == "C411" for one in of_letter)
    yield from (one for one in of_text if not (heavy and one.code == "C223" and "'{" in one.what))
    for one in of_letter:
        yield replace(one, source=marked.source) if marked and one.code == "C411" else one


def _weight(body: Body) -> Iterator[Fault]:
    sizes = [media.length for media in body.media if media.width]
    if sum(sizes) > LARGE_IMAGE >= max(sizes, default=0):
        yield "C425", f"the images have {sum(sizes):,} bytes altogether"


def _of_feeds(reader: Proofreader, entry: Entry, now: datetime) -> Iterator[Fault]:
    """What a validator would say of a feed with this one entry."""
    site = reader.site
    feed = Feed(
        id="tag:docchat-mailer.invalid,2000:feed",
        title=site.title,
        subtitle=site.subtitle or site.title,
        path="/",
        language=site.language,
    )
    document = FeedDocument(feed=feed, updated=entry.updated, entries=(entry,))
    for form in FeedFormat:
        address = ascii_url(f"{site.base_url}{feed_path(feed, form)}")
        yield from feed_faults(reader.feeds.render(document, form), address, now)


def _of_page(reader: Proofreader, entry: Entry) -> Iterator[Fault]:
    yield from page_faults(reader.page_writer.part(entry, []), entry.html)
