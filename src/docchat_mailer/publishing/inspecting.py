"""Everything ``check`` finds: in the posts, against what is published, in letters yet to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from docchat_mailer.checking.codes import finding
from docchat_mailer.checking.history import history_findings
from docchat_mailer.checking.parts import part_findings
from docchat_mailer.content.library import Library, read_posts
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.planning import History
from docchat_mailer.model.series import Source
from docchat_mailer.publishing.composing import page_map
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.registry import read_registry
from docchat_mailer.store import marks, publications


def inspect(press: Press, templates: Sequence[str], now: datetime) -> list[Finding]:
    """All findings at once, by file and line; *templates* are the faults of the declared templates.

    Raises ConfigError where an entry id would change.  Changes nothing.
    """
    read_registry(press, now)
    library = read_posts(press.posts, press.site.zone)
    found = [*library.findings, *_against_history(press, library, now), *_templates(templates)]
    return sorted(found, key=lambda one: (one.source.path, one.source.line, one.code))


def _against_history(press: Press, library: Library, now: datetime) -> Iterator[Finding]:
    with press.db.read() as c:
        published = publications.all_publications(c)
        heads = publications.revision_heads(c)
        histories = marks.histories(c)
    yield from history_findings(library, published, heads, histories, now)
    pages = page_map(library, published)
    for series in library.series:
        history = histories.get(series.slug, History())
        for part in series.parts:
            if history.part(part.number).released is None:
                yield from part_findings(press.posts, press.site, press.letters, series, part, pages=pages)


def _templates(faults: Sequence[str]) -> Iterator[Finding]:
    for fault in faults:
        place, _, what = fault.partition(": ")
        name, _, line = place.rpartition(":")
        number = int(line) if line.isdigit() else 1
        yield finding("C306", Source(path=name, line=number), what)
