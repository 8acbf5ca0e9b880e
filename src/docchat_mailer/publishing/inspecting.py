"""Everything ``check`` finds: in the posts, against what is published, in letters yet to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from docchat_mailer.checking.history import history_findings
from docchat_mailer.checking.memory import Memory
from docchat_mailer.checking.proofreading import Proofreader, findings_for, judged, proofread
from docchat_mailer.checking.samples import earlier_of, everything
from docchat_mailer.content.body import Body
from docchat_mailer.errors import ConfigError, ContentError, UsageError
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.publication import SITE_ROOT
from docchat_mailer.model.series import Part, Series, Source
from docchat_mailer.publishing.deciding import find
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.round import look
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.render.letters import TEMPLATES, ComposedLetter

UNDATED = "C138"
"""The code of a post of its own without a date."""

NEIGHBOURS = 14
"""So many earlier parts' titles can be seen in a letter at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """All *findings*, by file and line; *letters* counts those that were compiled to find them."""

    findings: tuple[Finding, ...]
    letters: int


def inspect(
    press: Press, templates: Callable[[], Sequence[str]], now: datetime, memory: Memory | None = None
) -> Inspection:
    """All findings at once; *templates* tries the declared templates and returns their faults.

    With a *memory*, parts and templates that are as they were are not looked at again, and what is found
    is kept in it.  Raises ConfigError where an entry id would change.  Changes nothing else.
    """
    inspector = _Inspector(press, look(press, now), now, memory)
    found = list(inspector.findings(templates))
    if memory is not None:
        memory.save()
    found.sort(key=lambda one: (one.source.path, one.source.line, one.code))
    return Inspection(findings=tuple(found), letters=inspector.letters)


def part_findings(
    desk: Desk, target: str, now: datetime, letter: ComposedLetter | None = None
) -> tuple[Finding, ...]:
    """The findings about the part ``SERIES/PART`` as its file is now, published or not; for the preview.

    A *letter* at hand is judged as it is; without one it is compiled.  Raises UsageError for what is not
    written.
    """
    series, number = find(desk, target)
    part = series.part(number or 1)
    if part is None:
        raise UsageError(f"{target} is not written", fix="name a part that is")
    return findings_for(proofreader(desk), series, part, now, letter)


def proofreader(desk: Desk) -> Proofreader:
    """What checking needs of a desk."""
    press = desk.press
    return Proofreader(
        folder=press.posts,
        site=press.site,
        letters=press.letters,
        feeds=press.feeds,
        page_writer=press.pages,
        pages=desk.pages,
    )


class _Inspector:
    """One look at everything; *letters* counts what was compiled."""

    def __init__(self, press: Press, desk: Desk, now: datetime, memory: Memory | None) -> None:
        self._press, self._desk, self._now, self._memory = press, desk, now, memory
        self._reader = proofreader(desk)
        self._paths = frozenset(desk.pages.values())
        self.letters = 0

    def findings(self, templates: Callable[[], Sequence[str]]) -> Iterator[Finding]:
        desk, shelf = self._desk, self._desk.shelf
        yield from (one for one in desk.library.findings if not self._is_settled(one))
        yield from history_findings(desk.library, shelf.publications, shelf.heads, desk.histories, self._now)
        of_templates = self._of_templates(templates)
        yield from of_templates
        told = {(one.code, one.what) for one in of_templates}
        for one in self._of_parts():
            if (one.code, one.what) not in told:
                yield one

    def _is_settled(self, one: Finding) -> bool:
        """Whether a post is said to lack the date that its publication has by now."""
        return one.code == UNDATED and self._desk.history(one.series).part(1).released is not None

    def _of_parts(self) -> Iterator[Finding]:
        for series in self._desk.library.series:
            history = self._desk.history(series.slug)
            for part in series.parts:
                if history.part(part.number).released is None:
                    yield from self._of_part(series, part)

    def _of_part(self, series: Series, part: Part) -> Sequence[Finding]:
        made_of = self._made_of(series, part)
        kept = self._memory.recall(part.key, made_of, self._paths) if self._memory else None
        if kept is not None:
            return kept
        read = proofread(self._reader, series, part, self._now)
        self.letters += read.letters
        if self._memory:
            self._memory.keep(part.key, made_of, read.findings, read.body, self._links(read.body))
        return read.findings

    def _made_of(self, series: Series, part: Part) -> tuple[object, ...]:
        """All that what is found about a part depends on, beside the site, the templates and its images."""
        earlier = earlier_of(self._press.site, series, part, self._desk.pages)
        of_series = (
            series.title,
            series.part_title,
            series.tags,
            series.language,
            series.author,
            series.total,
        )
        near = (*earlier[:1], *earlier[-NEIGHBOURS:])
        return (
            part,
            of_series,
            series.lone,
            self._desk.pages[part.source.path],
            len(earlier) > NEIGHBOURS,
            near,
        )

    def _links(self, body: Body | None) -> list[str]:
        """The pages of this site that a text leads to."""
        paths = (link.removeprefix(SITE_ROOT).partition("#")[0] for link in (body.links if body else ()))
        return [path for path in paths if path in self._paths]

    def _of_templates(self, templates: Callable[[], Sequence[str]]) -> Sequence[Finding]:
        kept = self._memory.recall("", "templates") if self._memory else None
        if kept is not None:
            return kept
        found = [*template_findings(templates()), *self._of_sample_letters()]
        if self._memory:
            self._memory.keep("", "templates", found)
        return found

    def _of_sample_letters(self) -> Iterator[Finding]:
        """What the letters' templates do wrong whatever is in them."""
        for kind, name in TEMPLATES.items():
            entry = everything(kind)
            try:
                letter = self._press.letters.compose(entry, seed=b"sample")
            except (ConfigError, ContentError):
                continue  # its template is at fault, and has been told
            self.letters += 1
            yield from judged(letter, entry, self._press.site, Source(path=f"{name}.html"))


def template_findings(faults: Sequence[str]) -> Iterator[Finding]:
    """What declared templates are at fault for; each of *faults* is ``name:line: what``."""
    for fault in faults:
        place, _, what = fault.partition(": ")
        name, _, line = place.rpartition(":")
        number = int(line) if line.isdigit() else 1
        yield finding("C306", Source(path=name, line=number), what)
