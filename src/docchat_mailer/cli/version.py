"""``version``: which program this is."""

from __future__ import annotations

import click

from docchat_mailer import __version__
from docchat_mailer.cli.options import without_config


@click.command("version")
@without_config
def command() -> None:
    """Say which version this is.

    \b
    docchat-mailer version
    """
    click.echo(f"docchat-mailer {__version__}")
