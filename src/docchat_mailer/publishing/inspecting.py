"""Everything ``check`` finds: in the posts, against what is published, in letters yet to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from docchat_mailer.checking.history import history_findings
from docchat_mailer.checking.parts import part_findings
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.round import look
from docchat_mailer.publishing.stepping import Desk


def inspect(press: Press, templates: Sequence[str], now: datetime) -> list[Finding]:
    """All findings at once, by file and line; *templates* are the faults of the declared templates.

    Raises ConfigError where an entry id would change.  Changes nothing.
    """
    desk = look(press, now)
    found = [*desk.library.findings, *_against_history(desk, now), *_templates(templates)]
    return sorted(found, key=lambda one: (one.source.path, one.source.line, one.code))


def _against_history(desk: Desk, now: datetime) -> Iterator[Finding]:
    press, shelf = desk.press, desk.shelf
    yield from history_findings(desk.library, shelf.publications, shelf.heads, desk.histories, now)
    for series in desk.library.series:
        history = desk.history(series.slug)
        for part in series.parts:
            if history.part(part.number).released is None:
                yield from part_findings(
                    press.posts, press.site, press.letters, series, part, pages=desk.pages
                )


def _templates(faults: Sequence[str]) -> Iterator[Finding]:
    for fault in faults:
        place, _, what = fault.partition(": ")
        name, _, line = place.rpartition(":")
        number = int(line) if line.isdigit() else 1
        yield finding("C306", Source(path=name, line=number), what)
