"""A finding: something in the content, a letter or the settings that a person should change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from docchat_mailer.model.series import Source


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"  # holds what it concerns
    WARNING = "warning"  # is said, holds nothing
    NOTE = "note"  # a matter of taste; even a strict check lets it pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One line of ``check``: ``file:line: what - why - fix``.

    *code* is stable (``C101``); *series* and *part* say what an error holds: both empty means the site,
    *part* None means the whole series.
    """

    code: str
    source: Source
    what: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR
    series: str = ""
    part: int | None = None

    def __str__(self) -> str:
        """``file:line: what - why - fix [code]``."""
        return f"{self.source}: {self.what} - {self.why} - {self.fix} [{self.code}]"
