"""``bounces``: what comes back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.options import json_option, with_config, without_config
from docchat_mailer.cli.output import say

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


@command.command("ingest")
@click.argument("pipe", required=False, type=click.Choice(["-"]))
@click.option(
    "--maildir", type=click.Path(file_okay=False, path_type=Path), help="Instead of the configured one."
)
@click.option("--dry-run", "-n", is_flag=True, help="Say what would come of it, and change nothing.")
@with_config
def ingest(config: Path, *, pipe: str | None, maildir: Path | None, dry_run: bool) -> None:
    """Take in what came back, from the mailboxes under [bounces], or one message from a pipe (-).

    A report counts where a return path or a link of ours in it tells whose it is.  Each message counts once.

    \b
    docchat-mailer bounces ingest
    docchat-mailer bounces ingest --maildir returned --dry-run
    docchat-mailer bounces ingest - < returned.eml
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415

    with open_app(config) as app:
        collected = app.collect_returns(
            pipe=sys.stdin.buffer if pipe else None, maildir=maildir, dry_run=dry_run
        )
    told = (
        f"{collected.bounces} bounces",
        f"{collected.unvouched} of nobody we know of",
        f"{collected.known} known before",
        f"{collected.senders_faults} find fault with us",
    )
    say(
        f"{collected.messages} messages: {', '.join(told)}; {collected.barred} readers get nothing more, "
        f"{collected.left} asked to leave"
    )


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
