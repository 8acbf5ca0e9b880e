"""One row of the table of findings."""

from __future__ import annotations

from dataclasses import dataclass

from docchat_mailer.model.finding import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """What stands behind a *code*: a short *title*, *why* it matters, the usual *fix*, and the long story.

    *fix* may hold ``{names}`` that a finding fills in; *explain* is a paragraph of plain sentences.
    """

    code: str
    severity: Severity
    title: str
    why: str
    fix: str
    explain: str


def error(code: str, title: str, *, why: str, fix: str, explain: str) -> Code:
    """A row that holds what it concerns."""
    return Code(code=code, severity=Severity.ERROR, title=title, why=why, fix=fix, explain=explain)


def warning(code: str, title: str, *, why: str, fix: str, explain: str) -> Code:
    """A row that is said and holds nothing."""
    return Code(code=code, severity=Severity.WARNING, title=title, why=why, fix=fix, explain=explain)


def note(code: str, title: str, *, why: str, fix: str, explain: str) -> Code:
    """A row that is only a matter of taste; even a strict check lets it pass."""
    return Code(code=code, severity=Severity.NOTE, title=title, why=why, fix=fix, explain=explain)
