"""Findings that need more than the posts: history, letters, templates.  Codes are stable."""

from __future__ import annotations

from dataclasses import dataclass

from docchat_mailer.model.finding import Finding, Severity
from docchat_mailer.model.series import Source


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for: how much it weighs, why it matters, and the usual fix."""

    severity: Severity
    why: str
    fix: str


CODES = {
    "C301": Code(
        Severity.ERROR, "a published part keeps its number and its id", "docchat-mailer rename {old} {new}"
    ),
    "C302": Code(
        Severity.WARNING,
        "its page and its entry stay as they are",
        "put the file back, or leave it: nothing is unpublished",
    ),
    "C303": Code(
        Severity.WARNING, "readers were promised it", "write the part, or move its slot with 'publish'"
    ),
    "C304": Code(
        Severity.ERROR,
        "the largest mail provider cuts longer letters off",
        "shorten the part, split it in two, or set [mail] excerpt = true",
    ),
    "C305": Code(Severity.ERROR, "the letter could not be made", "mend what it names"),
    "C306": Code(Severity.ERROR, "templates are rendered once at every check", "mend the template"),
    "C307": Code(
        Severity.ERROR, "an entry id is never used for two things", "give the post another 'entry_id'"
    ),
    "C308": Code(Severity.WARNING, "a part without a slot never comes out", "add [cadence], or 'publish'"),
}


def finding(
    code: str, source: Source, what: str, *, series: str = "", part: int | None = None, **fill: str
) -> Finding:
    """A finding of one of these codes; *fill* goes into the braces of its fix."""
    entry = CODES[code]
    return Finding(
        code=code,
        source=source,
        what=what,
        why=entry.why,
        fix=entry.fix.format(**fill) if fill else entry.fix,
        severity=entry.severity,
        series=series,
        part=part,
    )
