"""``simulate``: live through the plan in a scratch folder."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.moments import both, instant
from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import progress_bar, say
from docchat_mailer.errors import CreateError

if TYPE_CHECKING:
    from docchat_mailer.worker.simulating import TimelineEntry

OURS = ("public", "outbox", "state", "timeline.jsonl", "ids.txt")
"""What a simulation writes into its folder, and clears before it begins."""

SPAN = timedelta(days=60)
"""How long it lives on where it is not told."""


@click.command("simulate")
@click.option("--from", "start", metavar="INSTANT", help="Where the virtual clock begins; now if left out.")
@click.option("--until", metavar="INSTANT", help="Where it ends; 60 days later if left out.")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="A folder of its own."
)
@click.option(
    "--subscribers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV with the header email,name,follows.",
)
@json_option
@with_config
def command(
    config: Path, *, start: str | None, until: str | None, out: Path, subscribers: Path | None, as_json: bool
) -> None:
    """Live through the plan with a virtual clock: real pages, feeds and messages in a scratch folder.

    Posts, templates and settings are only read, and nothing outside --out is touched.

    \b
    docchat-mailer simulate --out look --subscribers readers.csv
    docchat-mailer simulate --from 2027-03-14 --until 2027-04-15 --out demo --json
    """
    from docchat_mailer.config import load_config  # noqa: PLC0415
    from docchat_mailer.worker.clocks import SystemClock  # noqa: PLC0415

    zone = load_config(config).zone
    begin = instant(start, zone) if start else SystemClock().now()
    end = instant(until, zone) if until else begin + SPAN
    entries = live(config, begin, end, out, subscribers)
    for entry in entries:
        if as_json:
            click.echo(entry.as_json())
        else:
            event = entry.event
            to = f", {entry.recipients} readers" if entry.recipients else ""
            click.echo(
                f"{both(event.at, zone)}  {event.name} {event.kind}: {event.series}/{event.number}{to}"
            )
    say(f"{len(entries)} events in {out / 'timeline.jsonl'}")


def live(
    config: Path, start: datetime, until: datetime, out: Path, subscribers: Path | None
) -> list[TimelineEntry]:
    """Run the simulation and write its timeline; returns what happened."""
    from docchat_mailer.app import open_scratch  # noqa: PLC0415
    from docchat_mailer.disk import write_whole  # noqa: PLC0415
    from docchat_mailer.worker.clocks import VirtualClock  # noqa: PLC0415
    from docchat_mailer.worker.simulating import simulate  # noqa: PLC0415

    out = out.resolve()
    _clear(out)
    clock = VirtualClock(start)
    entries: list[TimelineEntry] = []
    with open_scratch(config, out, clock) as app, progress_bar("Living it through") as show:
        if subscribers is not None:
            _import(app, subscribers, out)
        span = max((until - start).total_seconds(), 1)
        entries.extend(
            simulate(app.crew, clock, until, lambda now: show((now - start).total_seconds() / span))
        )
        show(1)
    timeline = "".join(f"{entry.as_json()}\n" for entry in entries)
    write_whole(out / "timeline.jsonl", timeline.encode())
    return entries


def _clear(out: Path) -> None:
    """Clear an earlier simulation away; a folder with anything else in it is not ours."""
    if not out.exists():
        return
    others = sorted(entry.name for entry in out.iterdir() if entry.name not in OURS)
    if others:
        raise CreateError(
            f"{out} holds {others[0]}",
            why="a simulation clears its folder",
            fix="name an empty folder with --out",
        )
    for name in OURS:
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _import(app: object, file: Path, out: Path) -> None:
    """Import subscribers with ids that are the same in every run."""
    from itertools import count  # noqa: PLC0415

    from docchat_mailer.readers.importing import import_csv  # noqa: PLC0415

    numbers = count(1)
    with file.open("rb") as stream:
        import_csv(
            app.db,  # type: ignore[attr-defined]
            stream,
            key=app.key,  # type: ignore[attr-defined]
            now=app.clock.now(),  # type: ignore[attr-defined]
            token_ids=lambda: f"{next(numbers):016x}",
            rejects=out / "state" / "rejects.csv",
        )
