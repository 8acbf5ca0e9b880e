"""``resume``: let go on what is held or paused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say
from docchat_mailer.errors import UsageError

if TYPE_CHECKING:
    from docchat_mailer.app import App


@click.command("resume")
@click.argument("target", metavar="[SERIES[/PART]|EDITION]", required=False)
@click.option("--accept-posts", is_flag=True, help="Go on with posts that look older than what is published.")
@click.option("--accept-restore", is_flag=True, help="Go on with a database that was put back from a copy.")
@with_config
def command(config: Path, *, target: str | None, accept_posts: bool, accept_restore: bool) -> None:
    """Lift a hold: what was held takes the next slot of its cadence, and a paused mailing goes on.

    \b
    docchat-mailer resume therapeutic-massage/2
    docchat-mailer resume 7
    docchat-mailer resume --accept-posts
    docchat-mailer resume --accept-restore
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.deciding import let_go  # noqa: PLC0415
    from docchat_mailer.publishing.registry import mirror_known  # noqa: PLC0415
    from docchat_mailer.publishing.round import prepare  # noqa: PLC0415
    from docchat_mailer.worker.guarding import advance  # noqa: PLC0415

    if target is None and not accept_posts and not accept_restore:
        raise UsageError(
            "nothing to resume", why="no series is named", fix="docchat-mailer resume SERIES[/PART]"
        )
    with open_app(config) as app:
        now = app.clock.now()
        if accept_restore:
            advance(app.db, app.crew.mark, accept=True)
            say("this database sends from now on; what it holds as pending is sent, also if it was before")
        if accept_posts:
            mirror_known(app.press, now)
            say("the identity file is written anew from the database")
        if target is not None and _mails_again(app, target, now):
            return
        if target is not None:
            desk, _ = prepare(app.press, now)
            let_go(desk, target, now)
            say(f"{target} goes on; see `docchat-mailer plan`")


def _mails_again(app: App, target: str, now: datetime) -> bool:
    """Let paused mailings of *target* go on; False where it names none, so that a hold must be meant."""
    from docchat_mailer.delivery.resolving import resume  # noqa: PLC0415

    try:
        resumed = resume(app.db, target, now)
    except UsageError:
        if target.isdecimal():
            raise
        return False
    for edition in resumed:
        say(f"edition {edition} goes on")
    if not resumed and target.isdecimal():
        say(f"edition {target} is not paused")
    return bool(resumed) or target.isdecimal()
