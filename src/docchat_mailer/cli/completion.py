"""``completion``: the script that lets a shell complete our verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from docchat_mailer.cli.options import without_config

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@without_config
def command(shell: str) -> None:
    """Print the completion script of a shell, to be sourced from its start-up file.

    \b
    docchat-mailer completion bash > ~/.local/share/bash-completion/completions/docchat-mailer
    docchat-mailer completion fish > ~/.config/fish/completions/docchat-mailer.fish
    """
    from docchat_mailer.cli.__main__ import cli  # noqa: PLC0415 - it imports us

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(cli, {}, "docchat-mailer", "_DOCCHAT_MAILER_COMPLETE").source())
