"""``publish``: let a part go out on its next slot, or now."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.confirming import confirm_count
from docchat_mailer.cli.options import confirm_options, with_config
from docchat_mailer.cli.output import say


@click.command("publish")
@click.argument("target", metavar="SERIES[/PART]")
@click.option("--now", "at_once", is_flag=True, help="Release the part at once, whatever its slot.")
@confirm_options
@with_config
def command(config: Path, *, target: str, at_once: bool, yes: bool, count: int | None) -> None:
    """Let a held part take its next slot; with --now release the next part of a series at once.

    A release reaches people: the number of readers has to be typed, or given with --yes --count.

    \b
    docchat-mailer publish therapeutic-massage/2
    docchat-mailer publish therapeutic-massage --now --yes --count 1834
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.agenda import readers_of  # noqa: PLC0415
    from docchat_mailer.publishing.deciding import (  # noqa: PLC0415
        approve,
        find as find_target,
        next_number,
        publish_now,
    )
    from docchat_mailer.publishing.round import finish, prepare  # noqa: PLC0415
    from docchat_mailer.publishing.stepping import look_again  # noqa: PLC0415
    from docchat_mailer.worker.locking import instance_lock  # noqa: PLC0415

    with open_app(config) as app, instance_lock(app.crew.lock):
        now = app.clock.now()
        desk, _ = prepare(app.press, now)
        series, named = find_target(desk, target)
        number = named if named is not None else next_number(desk, series)
        if not at_once:
            approve(desk, target, now)
            say(f"{series.slug}/{number} takes its next slot; see `docchat-mailer plan`")
            return
        confirm_count(readers_of(desk, series, number), "readers will get it", yes=yes, expected=count)
        events = publish_now(desk, target, now)
        finish(look_again(desk), now, events)
    for event in events:
        say(f"{event.name}: {event.series}/{event.number} {event.detail}".rstrip())
    say("the letters leave at the next `docchat-mailer run`")
