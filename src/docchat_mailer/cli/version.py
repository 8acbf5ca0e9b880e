"""``version``: which program this is."""

from __future__ import annotations

import click

from docchat_mailer import __version__


@click.command("version")
def command() -> None:
    """Say which version this is.

    \b
    docchat-mailer version
    """
    click.echo(f"docchat-mailer {__version__}")
