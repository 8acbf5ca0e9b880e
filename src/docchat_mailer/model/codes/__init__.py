"""The one table of findings: every code, whatever room raises it.

A code is never given another meaning.  It stands in the model because rooms of several floors raise
findings; a new area is a module of rows here and a line in ``AREAS``.
"""

from __future__ import annotations

from collections.abc import Mapping

from docchat_mailer.model.codes.doctor import MACHINE, MAIL_WAY
from docchat_mailer.model.codes.feeds import FEEDS
from docchat_mailer.model.codes.history import HISTORY
from docchat_mailer.model.codes.letters import LETTERS
from docchat_mailer.model.codes.pages import PAGES
from docchat_mailer.model.codes.row import Code
from docchat_mailer.model.codes.settings import SETTINGS
from docchat_mailer.model.codes.structure import STRUCTURE
from docchat_mailer.model.codes.text import TEXT
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source

__all__ = ["AREAS", "CODES", "Code", "finding"]

AREAS: Mapping[str, tuple[Code, ...]] = {
    "Files, front matter and order": STRUCTURE,
    "The text of a post": TEXT,
    "Against what is published": HISTORY,
    "Letters": LETTERS,
    "Feeds": FEEDS,
    "Pages": PAGES,
    "Settings": SETTINGS,
    "The machine": MACHINE,
    "Relay and DNS": MAIL_WAY,
}
"""The rows by what they are about, in the order of the reference."""

CODES: Mapping[str, Code] = {row.code: row for rows in AREAS.values() for row in rows}
"""Every row by its code."""


def finding(
    code: str,
    source: Source,
    what: str,
    *,
    why: str = "",
    fix: str = "",
    series: str = "",
    part: int | None = None,
    **fill: str,
) -> Finding:
    """The finding of *code* at *source*; *why* and *fix* stand in for the usual words where given.

    *fill* goes into the braces of the usual fix.
    """
    row = CODES[code]
    return Finding(
        code=code,
        source=source,
        what=what,
        why=why or row.why,
        fix=fix or (row.fix.format(**fill) if fill else row.fix),
        severity=row.severity,
        series=series,
        part=part,
    )
