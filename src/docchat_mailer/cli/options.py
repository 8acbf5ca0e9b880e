"""Options that many verbs share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from docchat_mailer.cli import output

Command = Callable[..., Any]

LOG = "docchat_mailer.log"
"""Where a verb's context keeps what was asked of the log."""


def with_config(command: Command) -> Command:
    """Give a verb ``--config``, ``--quiet``, ``--verbose`` and ``--log-format``; it gets only *config*."""

    @click.option(
        "--config",
        default="config.toml",
        show_default=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="The settings of the site.",
    )
    @click.option("--quiet", is_flag=True, help="Say nothing but data and errors.")
    @click.option("--verbose", is_flag=True, help="Show where an error came from.")
    @click.option("--log-format", type=click.Choice(["human", "json"]), default="human", show_default=True)
    @functools.wraps(command)
    def with_options(*args: Any, quiet: bool, verbose: bool, log_format: str, **values: Any) -> Any:
        output.set_quiet(quiet)
        wished = {"as_json": log_format == "json", "verbose": verbose, "quiet": quiet}
        click.get_current_context().meta[LOG] = wished
        return command(*args, **values)

    return with_options


def start_log() -> None:
    """Set logging up as the command line asks; only a verb that logs calls this, the others start sooner."""
    from docchat_mailer.log import configure  # noqa: PLC0415

    configure(**click.get_current_context().meta[LOG])


def without_config(command: Command) -> Command:
    """Let a verb that reads no settings take ``--config`` too, so that scripts can always pass it."""
    return click.option(
        "--config", hidden=True, expose_value=False, type=click.Path(), help="Not needed here."
    )(command)


def json_option(command: Command) -> Command:
    """Give a verb ``--json``, as *as_json*."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")(command)


def confirm_options(command: Command) -> Command:
    """Give a verb ``--yes`` and ``--count``, for what reaches people."""
    command = click.option("--count", type=int, help="How many you expect it to reach.")(command)
    return click.option("--yes", is_flag=True, help="Do not ask; needs --count.")(command)
