"""The stage: what the preview works with, as plain values; made anew when settings or templates change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from docchat_mailer.errors import ConfigError
from docchat_mailer.model.clock import Clock
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.site import Sender
from docchat_mailer.publishing.press import Press


class StageError(ConfigError):
    """The settings cannot be used as they are; *findings* says everything that is wrong with them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Hold the *findings*, of which there is at least one."""
        first = findings[0]
        super().__init__(first.what, why=first.why, fix=first.fix, where=str(first.source))
        self.findings = tuple(findings)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One site as its settings and templates are now.

    *config* is the file of the settings, *templates* the site's own folder of them, there or not.
    *anew* is the same site with its templates read again.
    """

    press: Press
    sender: Sender
    key: bytes
    clock: Clock
    config: Path
    templates: Path
    anew: Callable[[], Stage]

    @property
    def folders(self) -> tuple[Path, ...]:
        """What is watched with everything below it."""
        wanted = (self.press.posts, self.templates)
        return tuple(folder for folder in wanted if folder.is_dir())


OpenStage = Callable[[], AbstractContextManager[Stage]]
"""Opens the stage from the settings as they are; raises StageError, or what opening a site raises."""
