"""``adopt``: take over a blog that exists, and mail nobody."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.moments import both
from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import progress_bar, say


@click.command("adopt")
@click.option("--dry-run", "-n", is_flag=True, help="Say what would be adopted, and change nothing.")
@with_config
def command(config: Path, *, dry_run: bool) -> None:
    """Publish everything already past to pages and feeds, with the ids it came with; mail nobody.

    \b
    docchat-mailer adopt --dry-run
    docchat-mailer adopt
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.adopting import adopt, adoptions  # noqa: PLC0415
    from docchat_mailer.publishing.round import finish, look, prepare  # noqa: PLC0415
    from docchat_mailer.worker.locking import instance_lock  # noqa: PLC0415

    if dry_run:
        with open_app(config, create=False) as app:
            waiting = adoptions(look(app.press, app.clock.now()), app.clock.now())
            for item in waiting:
                click.echo(f"{both(item.published_at, app.site.zone)}  {item.part.key}: {item.part.title}")
        say(f"{len(waiting)} parts would be adopted; nobody would be mailed")
        return
    with open_app(config) as app, instance_lock(app.crew.lock), progress_bar("Adopting") as show:
        now = app.clock.now()
        desk, _ = prepare(app.press, now)
        report = adopt(desk, now, lambda done, total: show(done / max(total, 1)))
        desk, homeless = prepare(app.press, now)
        finish(desk, now, [], homeless)
    for fault in report.faults:
        click.echo(fault, err=True)
    say(f"{report.adopted} parts adopted, {len(report.faults)} left out; nobody was mailed")
    if report.faults:
        raise SystemExit(65)
