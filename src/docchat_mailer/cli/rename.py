"""``rename``: accept that a published series or part has another name in the posts."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say


@click.command("rename")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@with_config
def command(config: Path, *, old: str, new: str) -> None:
    """Tell the database that what was OLD in the posts is now NEW; entry ids and addresses stay.

    \b
    docchat-mailer rename old-series new-series
    docchat-mailer rename therapeutic-massage/2 therapeutic-massage/3
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.deciding import accept_rename  # noqa: PLC0415
    from docchat_mailer.publishing.registry import mirror_known  # noqa: PLC0415
    from docchat_mailer.worker.locking import instance_lock  # noqa: PLC0415

    with open_app(config) as app, instance_lock(app.crew.lock):
        count = accept_rename(app.press, old, new)
        mirror_known(app.press, app.clock.now())
    say(f"{count} publications of {old} belong to {new} now; their ids and addresses are what they were")
