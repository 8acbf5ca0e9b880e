"""Faults of the settings: each a finding with its line, all of them in one error."""

from __future__ import annotations

from collections.abc import Sequence

from docchat_mailer.errors import ConfigError
from docchat_mailer.model.finding import Finding


class SettingsError(ConfigError):
    """config.toml cannot be used as it is; *findings* says everything that is wrong with it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(one) for one in findings))
        self.findings = tuple(findings)
