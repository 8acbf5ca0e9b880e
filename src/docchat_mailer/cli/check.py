"""``check``: everything that should be changed, all at once."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json, say

CONTENT_FAULTS = 65


@click.command("check")
@click.option("--strict", is_flag=True, help="Warnings fail the check too.")
@json_option
@with_config
def command(config: Path, *, strict: bool, as_json: bool) -> None:
    """Read posts, settings and templates, and say what is wrong: file, line, what, why, fix.

    Exits with 65 where an error is found, 78 where the settings are at fault.

    \b
    docchat-mailer check
    docchat-mailer check --strict --json
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415 - the program starts fast without it

    with open_app(config, create=False) as app:
        found = app.findings()
    errors = sum(one.severity == "error" for one in found)
    if as_json:
        print_json("check/1", {"findings": [_plain(one) for one in found]})
    else:
        for one in found:
            click.echo(f"{one.severity}: {one}")
        say(f"{errors} errors, {len(found) - errors} warnings")
    if errors or (strict and found):
        raise SystemExit(CONTENT_FAULTS)


def _plain(one: object) -> dict[str, object]:
    fields = ("code", "severity", "what", "why", "fix", "series", "part")
    source = one.source  # type: ignore[attr-defined]
    return {"file": source.path, "line": source.line, **{name: getattr(one, name) for name in fields}}
