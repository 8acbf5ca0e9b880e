"""``check``: everything that should be changed, all at once."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.findings import counted, show_findings
from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json

if TYPE_CHECKING:
    from docchat_mailer.model.finding import Finding

CONTENT_FAULTS = 65
SETTINGS_FAULTS = 78
SCHEMA = "check/1"


@click.command("check")
@click.option("--strict", is_flag=True, help="Warnings fail the check too.")
@click.option("--explain", metavar="CODE", help="Say what a code means, why it matters and what to do.")
@click.option("--list-codes", is_flag=True, help="List every code there is.")
@json_option
@with_config
def command(config: Path, *, strict: bool, explain: str | None, list_codes: bool, as_json: bool) -> None:
    """Read posts, settings and templates, make the letters to come, and say what is wrong.

    Each line names file, line, what, why and the fix, and ends with its code.
    Exits with 65 where an error is found, 78 where the settings are at fault.
    Notes never fail the check.

    \b
    docchat-mailer check
    docchat-mailer check --strict --json
    docchat-mailer check --explain C304
    """
    if list_codes or explain:
        _explain(explain, as_json=as_json)
        return
    found, exit_code = _found(config)
    show_findings(SCHEMA, found, as_json=as_json)
    counts = counted(found)
    if counts["error"] or (strict and counts["warning"]):
        raise SystemExit(exit_code)


def _found(config: Path) -> tuple[Sequence[Finding], int]:
    """What is wrong, and what the exit code is if it fails the check."""
    from docchat_mailer.app import open_app  # noqa: PLC0415 - the program starts fast without it
    from docchat_mailer.config.faults import SettingsError  # noqa: PLC0415

    try:
        with open_app(config, create=False) as app:
            return app.inspection().findings, CONTENT_FAULTS
    except SettingsError as exc:
        return exc.findings, SETTINGS_FAULTS


def _explain(wanted: str | None, *, as_json: bool) -> None:
    """One code, or all of them; raises UsageError for one there is not."""
    from docchat_mailer.errors import UsageError  # noqa: PLC0415
    from docchat_mailer.model.codes import CODES  # noqa: PLC0415

    if wanted and wanted.upper() not in CODES:
        raise UsageError(f"there is no code {wanted!r}", fix="`docchat-mailer check --list-codes` lists them")
    rows = [CODES[wanted.upper()]] if wanted else [CODES[code] for code in sorted(CODES)]
    fields = ("code", "severity", "title", "why", "fix", "explain")
    if as_json:
        print_json("codes/1", {"codes": [{name: getattr(row, name) for name in fields} for row in rows]})
    elif wanted:
        row = rows[0]
        click.echo(f"{row.code} {row.title} ({row.severity})\n")
        click.echo(textwrap.fill(row.explain, 78))
        click.echo(f"\nwhy: {row.why}\nfix: {row.fix}")
    else:
        for row in rows:
            click.echo(f"{row.code}  {row.severity:<7}  {row.title}")
