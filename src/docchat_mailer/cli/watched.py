"""``status --watch``: drawn anew on a terminal, a line for each look elsewhere, until Ctrl-C."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.moments import nearby
from docchat_mailer.rules.spans import span_of

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from rich.console import RenderableType

    from docchat_mailer.app import App
    from docchat_mailer.delivery.progress import Progress

SHORTEST = timedelta(seconds=1)
BAR = 60
"""Columns of the bar."""


def interval(written: str) -> timedelta:
    """The time between two looks.

    Raises click.BadParameter with what is accepted.
    """
    try:
        every = span_of(written)
    except ValueError as exc:
        raise click.BadParameter(f"{exc}", param_hint="--every") from exc
    if every < SHORTEST:
        raise click.BadParameter("look once a second at most: write 1s", param_hint="--every")
    return every


def watch_status(app: App, every: timedelta, page: Callable[[], Iterator[str]], *, as_json: bool) -> None:
    """Look until somebody presses Ctrl-C; *page* gives the lines of the whole status."""
    from docchat_mailer.delivery.progress import watch  # noqa: PLC0415 - only a watch looks so

    looks = watch(app.db, app.clock.now, time.sleep, every)
    if as_json:
        for seen in looks:
            click.echo(json.dumps(_plain(seen, app.clock.now()), ensure_ascii=False))
    elif sys.stdout.isatty():
        _draw(app, looks, page)
    else:
        for seen in looks:
            now, zone = app.clock.now(), app.site.zone
            click.echo(f"{now.astimezone(zone):%H:%M:%S}  {told(seen, now, zone)}")


def told(seen: Progress | None, now: datetime, zone: ZoneInfo) -> str:
    """How far the mailing is, in a line."""
    if seen is None:
        return "nothing is being mailed"
    end = f"last mail about {nearby(seen.ends_at, now, zone)}" if seen.ends_at else "nothing moves"
    counted = {"deferred": seen.deferred, "rejected": seen.rejected, "uncertain": seen.uncertain}
    astray = "".join(f", {number} {name}" for name, number in counted.items() if number)
    return (
        f"{seen.part} {seen.kind} (edition {seen.edition}): "
        f"{seen.done}/{seen.total}{astray}, {seen.rate:.1f}/s, {end}"
    )


def bar(seen: Progress) -> RenderableType:
    """How far the mailing is, as a bar on a line of its own."""
    from rich.padding import Padding  # noqa: PLC0415 - only a terminal needs it
    from rich.progress_bar import ProgressBar  # noqa: PLC0415

    drawn = ProgressBar(total=max(seen.total, 1), completed=seen.done, width=BAR)
    return Padding(drawn, 0)  # a bar alone does not end its line


def _draw(app: App, looks: Iterator[Progress | None], page: Callable[[], Iterator[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.live import Live  # noqa: PLC0415

    console = Console(no_color="NO_COLOR" in os.environ)
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        for seen in looks:
            live.update(_picture(app, seen, page()), refresh=True)


def _picture(app: App, seen: Progress | None, lines: Iterator[str]) -> RenderableType:
    from rich.console import Group  # noqa: PLC0415 - only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    now, zone = app.clock.now(), app.site.zone
    pieces: list[RenderableType] = [Text(f"{now.astimezone(zone):%H:%M:%S}  {told(seen, now, zone)}")]
    if seen is not None:
        pieces.append(bar(seen))
    return Group(*pieces, Text("\n".join(lines)))


def _plain(seen: Progress | None, now: datetime) -> dict[str, object]:
    """A look for programs; the edition is null where nothing is being mailed."""
    at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    if seen is None:
        return {"schema": "progress/1", "at": at, "edition": None}
    return {
        "schema": "progress/1",
        "at": at,
        "edition": seen.edition,
        "part": seen.part,
        "kind": seen.kind,
        "done": seen.done,
        "total": seen.total,
        "deferred": seen.deferred,
        "rejected": seen.rejected,
        "uncertain": seen.uncertain,
        "rate": round(seen.rate, 3),
        "ends_at": seen.ends_at.strftime("%Y-%m-%dT%H:%M:%SZ") if seen.ends_at else None,
    }
