"""Faults of the settings: each a finding with its line, all of them in one error."""

from __future__ import annotations

from collections.abc import Sequence

from docchat_mailer.errors import ConfigError
from docchat_mailer.model.finding import Finding


class SettingsError(ConfigError):
    """config.toml cannot be used as it is; *findings* says everything that is wrong with it."""

    def __init__(self, findings: Sequence[Finding], message: str = "") -> None:
        """Hold the *findings*; the *message* stands in for their lines where they have no place."""
        super().__init__(message or "\n".join(str(one) for one in findings))
        self.findings = tuple(findings)
