"""``doctor``: what is wrong around the site, each with its fix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.findings import counted, show_findings
from docchat_mailer.cli.options import json_option, with_config

if TYPE_CHECKING:
    from docchat_mailer.model.finding import Finding

SCHEMA = "doctor/1"


@click.command("doctor")
@json_option
@with_config
def command(config: Path, *, as_json: bool) -> None:
    """Look at settings, folders, database, key, disk, releases, zones, clock and templates.

    Exits with 1 where there is an error or a warning.

    \b
    docchat-mailer doctor
    docchat-mailer doctor --json
    """
    found = _found(config)
    show_findings(SCHEMA, found, as_json=as_json)
    counts = counted(found)
    if counts["error"] or counts["warning"]:
        raise SystemExit(1)


def _found(config: Path) -> list[Finding]:
    from docchat_mailer.app import diagnosis  # noqa: PLC0415 - the program starts fast without it
    from docchat_mailer.config.faults import SettingsError  # noqa: PLC0415

    try:
        return diagnosis(config)
    except SettingsError as exc:
        return list(exc.findings)
