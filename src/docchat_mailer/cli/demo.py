"""``demo``: the sample series, lived through before your eyes."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from docchat_mailer.cli.moments import both, instant
from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say
from docchat_mailer.cli.simulate import live


@click.command("demo")
@click.option(
    "--out",
    default="demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The scratch folder.",
)
@click.option("--from", "start", default="2027-03-14", show_default=True, metavar="INSTANT")
@click.option("--until", default="2027-04-15", show_default=True, metavar="INSTANT")
@with_config
def command(config: Path, *, out: Path, start: str, until: str) -> None:
    """Live the series through under a virtual clock with a handful of example subscribers.

    No relay and no database server; nothing outside --out is touched.

    \b
    docchat-mailer demo
    docchat-mailer demo --out look --from 2027-03-14 --until 2027-04-15
    """
    from docchat_mailer.config import load_config  # noqa: PLC0415

    zone = load_config(config).zone
    with resources.as_file(resources.files("docchat_mailer.cli") / "demo_subscribers.csv") as subscribers:
        entries = live(config, instant(start, zone), instant(until, zone), out, subscribers)
    for entry in entries:
        event = entry.event
        to = f" to {entry.recipients}" if entry.recipients else ""
        say(f"{both(event.at, zone)}  {event.name}{to}: {event.series}/{event.number}")
    outbox = out / "outbox"
    messages = len(list(outbox.glob("*.eml")))
    say(f"{len(entries)} events in {out / 'timeline.jsonl'}, {messages} messages in {outbox}")
    click.echo(
        f"Open {out / 'public' / 'index.html'} in a browser (python3 -m http.server -d {out / 'public'} "
        f"makes every link work), and {outbox}/*.eml in a mail program."
    )
