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
@click.option("--online", is_flag=True, help="Ask the relay and the DNS too; nothing is sent.")
@json_option
@with_config
def command(config: Path, *, online: bool, as_json: bool) -> None:
    """Look at settings, folders, database, key, disk, releases, zones, clock and templates.

    With --online the relay is greeted and logged in to, and the DNS asked for SPF, DKIM, DMARC and MX.
    Exits with 1 where there is an error or a warning.

    \b
    docchat-mailer doctor
    docchat-mailer doctor --online --json
    """
    found = _found(config, online=online)
    show_findings(SCHEMA, found, as_json=as_json)
    counts = counted(found)
    if counts["error"] or counts["warning"]:
        raise SystemExit(1)


def _found(config: Path, *, online: bool) -> list[Finding]:
    from docchat_mailer.app import diagnosis, online_diagnosis  # noqa: PLC0415 - the program starts fast without it
    from docchat_mailer.config.faults import SettingsError  # noqa: PLC0415

    try:
        return [*diagnosis(config), *(online_diagnosis(config) if online else ())]
    except SettingsError as exc:
        return list(exc.findings)
