"""``bounces``: what comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.options import json_option, without_config

if TYPE_CHECKING:
    from docchat_mailer.dsn.report import Bounce, Report


@click.group("bounces")
def command() -> None:
    """Read mail that came back.

    \b
    docchat-mailer bounces read returned.eml
    docchat-mailer bounces read --json returned.eml
    """


@command.command("read")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@json_option
@without_config
def read(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what messages that came back mean, for whom; nothing is changed by it.

    With --json: one object, from the name of each file, without its folder, to a list of recipients.

    \b
    docchat-mailer bounces read returned.eml
    docchat-mailer bounces read --json returned.eml
    """
    from docchat_mailer.dsn.mime import SIZE  # noqa: PLC0415
    from docchat_mailer.dsn.reading import read_report  # noqa: PLC0415

    reports: dict[str, Report] = {}
    for file in files:
        with file.open("rb") as stream:
            reports[file.name] = read_report(stream.read(SIZE))
    if as_json:
        click.echo(json.dumps({name: _entries(report) for name, report in reports.items()}, indent=2))
        return
    for name, report in reports.items():
        for line in _lines(report):
            click.echo(f"{name}: {line}")


def _entries(report: Report) -> list[dict[str, str]]:
    return [
        {"recipient": bounce.recipient, "kind": str(bounce.kind), "status": bounce.status}
        for bounce in report.bounces
    ]


def _lines(report: Report) -> list[str]:
    return [_line(bounce) for bounce in report.bounces] or ["no bounce"]


def _line(bounce: Bounce) -> str:
    codes = " ".join(code for code in (bounce.reply_code, bounce.status) if code)
    return (
        f"{_printable(bounce.recipient) or 'somebody'}  {bounce.kind}: {bounce.meaning}"
        f"{f' ({codes})' if codes else ''}, by {_printable(bounce.rule)}"
    )


def _printable(text: str) -> str:
    """*text* without what moves a terminal: a stranger wrote it."""
    return "".join(each if each.isprintable() else "?" for each in text)
