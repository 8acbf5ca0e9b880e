"""``bounces``: what comes back."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.options import json_option, with_config, without_config
from docchat_mailer.cli.output import print_json, say
from docchat_mailer.errors import DocChatError, TemporaryError, UsageError

if TYPE_CHECKING:
    from docchat_mailer.dsn.report import Bounce, Report
    from docchat_mailer.returns.collecting import Collected


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
@click.option("--imap", is_flag=True, help="The mailbox of [bounces.imap] alone.")
@click.option("--dry-run", "-n", is_flag=True, help="Say what would come of it, and change nothing.")
@json_option
@with_config
def ingest(
    config: Path, *, pipe: str | None, maildir: Path | None, imap: bool, dry_run: bool, as_json: bool
) -> None:
    """Take in what came back, from the mailboxes under [bounces], or one message from a pipe (-).

    A report counts where a return path or a link of ours in it tells whose it is.  Each message counts once.
    With a pipe every fault ends with code 75, so that a mail server keeps the message and tries again.

    \b
    docchat-mailer bounces ingest
    docchat-mailer bounces ingest --maildir returned --dry-run
    docchat-mailer bounces ingest - < returned.eml
    """
    sources = sum((pipe is not None, maildir is not None, imap))
    if sources > 1:
        raise UsageError("a pipe, --maildir and --imap are three things", fix="name one of them, or none")
    try:
        collected = _collect(config, pipe=pipe is not None, maildir=maildir, imap=imap, dry_run=dry_run)
    except DocChatError as exc:
        if pipe is None:
            raise
        # a mail server takes any other code for good, and a bounce that bounces is gone
        raise TemporaryError("the message is not taken in", why=str(exc), fix="it is to come again") from exc
    if as_json:
        print_json("returns/1", dataclasses.asdict(collected))
        return
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
    if collected.unread:
        say(f"{collected.unread} messages could not be read, and stay for the next time")


def _collect(config: Path, *, pipe: bool, maildir: Path | None, imap: bool, dry_run: bool) -> Collected:
    from docchat_mailer.app import open_app  # noqa: PLC0415

    with open_app(config) as app:
        return app.collect_returns(
            pipe=sys.stdin.buffer if pipe else None, maildir=maildir, imap_alone=imap, dry_run=dry_run
        )


@command.command("list")
@click.option("--limit", default=100, show_default=True, help="How many, the newest.")
@json_option
@with_config
def list_all(config: Path, *, limit: int, as_json: bool) -> None:
    """List what came back last: when, whether it counts, what the server said.

    What counts names its letter by a token or a signature of ours; the rest is here to be looked at.

    \b
    docchat-mailer bounces list
    docchat-mailer bounces list --limit 10 --json
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.store import bounces  # noqa: PLC0415

    with open_app(config, create=False) as app, app.db.read() as c:
        found = bounces.latest(c, limit)
    rows = [
        {
            "at": one.at.isoformat(),
            "kind": str(one.kind),
            "counts": one.vouched,
            "status": one.status,
            "rule": one.rule,
            "source": one.source,
            "diagnostic": one.diagnostic,
        }
        for one in found
    ]
    if as_json:
        print_json("bounces/1", {"bounces": rows})
        return
    for row in rows:
        counts = "counts" if row["counts"] else "-"
        click.echo(f"{row['at']}  {row['kind']:9} {counts:6} {row['status']:7} {row['diagnostic']}")


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
