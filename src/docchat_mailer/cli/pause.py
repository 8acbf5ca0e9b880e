"""``pause``: stop a mailing until it is resumed."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say


@click.command("pause")
@click.argument("target", metavar="EDITION|SERIES/PART")
@click.option("--reason", default="the operator paused it", help="Why; `status` shows it.")
@with_config
def command(config: Path, *, target: str, reason: str) -> None:
    """Stop a mailing: letters in hand are finished, and nothing more leaves until it is resumed.

    \b
    docchat-mailer pause therapeutic-massage/2 --reason "a link is broken"
    docchat-mailer resume therapeutic-massage/2
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.delivery.resolving import pause  # noqa: PLC0415

    with open_app(config, create=False) as app:
        paused = pause(app.db, target, reason)
    for edition in paused:
        say(f"edition {edition} is paused; docchat-mailer resume {edition} lets it go on")
    if not paused:
        say(f"no mailing of {target} is under way")
