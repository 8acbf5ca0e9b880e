"""Data to stdout, words to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click

_quiet = False


def set_quiet(quiet: bool) -> None:  # noqa: FBT001 - it is the value of a flag
    """Whether :func:`say` keeps silent from now on."""
    global _quiet  # noqa: PLW0603 - one process, one terminal
    _quiet = quiet


def say(text: str) -> None:
    """A word to the operator, on stderr."""
    if not _quiet:
        click.echo(text, err=True)


def print_json(schema: str, payload: Mapping[str, Any]) -> None:
    """An object with its *schema* (name and version) to stdout; instants as ISO 8601 in UTC."""
    click.echo(json.dumps({"schema": schema, **payload}, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def draws() -> bool:
    """Whether something may be drawn on stderr: it is a terminal, and nobody asked for silence."""
    return not _quiet and sys.stderr.isatty()


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr that is told a share from 0 to 1; silent where stderr is no terminal."""
    if not draws():
        yield lambda _share: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True, no_color="NO_COLOR" in os.environ)
    with Progress(console=console) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda share: bar.update(task, completed=min(max(share, 0.0), 1.0))
