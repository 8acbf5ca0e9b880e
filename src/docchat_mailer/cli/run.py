"""``run``: the worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.moments import both
from docchat_mailer.cli.options import start_log, with_config
from docchat_mailer.cli.output import say

if TYPE_CHECKING:
    from docchat_mailer.worker.ticking import TickReport


@click.command("run")
@click.option("--once", is_flag=True, help="One tick, for cron and timers.")
@click.option("--dry-run", "-n", is_flag=True, help="Say what is due now, and do nothing.")
@click.option(
    "--catch-up",
    type=click.Choice(["all", "latest", "none"]),
    help="What to do with parts that were past when this site first ran: release all, the latest, or none.",
)
@with_config
def command(config: Path, *, once: bool, dry_run: bool, catch_up: str | None) -> None:
    """Publish what is due, mail it, and go on doing so until SIGTERM.

    A restart at any moment catches up; a second worker stands by until the first is gone. How far a mailing
    is, is drawn on a terminal, and a line of the log every minute elsewhere.

    \b
    docchat-mailer run
    docchat-mailer run --once
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.cli.under_way import shown  # noqa: PLC0415
    from docchat_mailer.publishing.catching_up import catch_up as settle_past  # noqa: PLC0415
    from docchat_mailer.worker.running import run, run_once  # noqa: PLC0415

    if dry_run:
        _say_due(config)
        return
    start_log()
    with open_app(config) as app:
        if catch_up is not None:
            say(f"{settle_past(app.press, app.clock.now(), catch_up)} held parts settled")
        with shown(app.db, app.clock.now, app.site.zone):
            (run_once if once else run)(app.crew, _report)


def _say_due(config: Path) -> None:
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.agenda import agenda  # noqa: PLC0415
    from docchat_mailer.publishing.round import look  # noqa: PLC0415

    with open_app(config, create=False) as app:
        now = app.clock.now()
        items = [item for item in agenda(look(app.press, now), now, now).items if item.step.due <= now]
        for item in items:
            to = f" to {item.recipients}" if item.recipients else ""
            click.echo(f"{both(item.step.due, app.site.zone)}  {item.step.action}{to}: {item.title}")
    say(f"{len(items)} steps are due")


def _report(report: TickReport) -> None:
    for event in report.round.events:
        say(f"{event.name} {event.kind}: {event.series}/{event.number} {event.detail}".rstrip())
    for entry_id in report.round.homeless:
        say(f"{entry_id} is in the identity file, but neither in the database nor in the posts")
    sent = report.sent
    if sent.done:
        say(
            f"{sent.accepted} accepted, {sent.deferred} deferred, {sent.rejected} rejected, "
            f"{sent.uncertain} uncertain, {sent.refused} not sent"
        )
