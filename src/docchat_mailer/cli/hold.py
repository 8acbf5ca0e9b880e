"""``hold``: keep a part or a series from going out."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say


@click.command("hold")
@click.argument("target", metavar="SERIES[/PART]")
@click.option("--reason", default="", help="Why; `plan` and `status` show it.")
@with_config
def command(config: Path, *, target: str, reason: str) -> None:
    """Keep a part, or a whole series, from going out until it is resumed.

    \b
    docchat-mailer hold therapeutic-massage/2
    docchat-mailer hold therapeutic-massage --reason "under review"
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.deciding import hold_back  # noqa: PLC0415
    from docchat_mailer.publishing.round import prepare  # noqa: PLC0415

    with open_app(config) as app:
        now = app.clock.now()
        desk, _ = prepare(app.press, now)
        hold_back(desk, target, now, reason)
    say(f"{target} is held; docchat-mailer resume {target} lets it go on")
