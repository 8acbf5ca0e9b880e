"""``plan``: what goes out when, before it happens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docchat_mailer.cli.moments import both, instant
from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from docchat_mailer.publishing.agenda import Agenda

HORIZON = timedelta(days=366)
"""How far ahead the plan looks where --until does not say."""


@click.command("plan")
@click.option("--until", metavar="DATE", help="Look ahead to this day; a year if left out.")
@json_option
@with_config
def command(config: Path, *, until: str | None, as_json: bool) -> None:
    """Say what goes out when, in the site's time and in UTC, to how many; with holds and promises.

    Changes nothing.

    \b
    docchat-mailer plan
    docchat-mailer plan --until 2027-06 --json
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.agenda import agenda  # noqa: PLC0415
    from docchat_mailer.publishing.round import look  # noqa: PLC0415

    with open_app(config, create=False) as app:
        now = app.clock.now()
        end = instant(until, app.site.zone) if until else now + HORIZON
        made = agenda(look(app.press, now), now, end)
        if as_json:
            print_json("plan/1", _plain(made))
        else:
            _show(made, app.site.zone)


def _plain(made: Agenda) -> dict[str, Any]:
    return {
        "steps": [
            {
                "at": item.step.due,
                "action": item.step.action,
                "series": item.step.series,
                "part": item.step.number,
                "title": item.title,
                "recipients": item.recipients,
                "why": item.step.why,
                "detail": item.step.detail,
            }
            for item in made.items
        ],
        "promises": [
            {
                "series": item.series,
                "part": item.number,
                "topic": item.promise.topic,
                "promised_part": item.promise.part,
                "due": item.promise.due,
                "state": item.state,
            }
            for item in made.promises
        ],
        "drift": [
            {"series": publication.series, "part": publication.number, "change": change}
            for publication, change in made.drift
        ],
    }


def _show(made: Agenda, zone: ZoneInfo) -> None:
    if not made.items:
        click.echo("Nothing is planned.")
    for item in made.items:
        step = item.step
        to = f" to {item.recipients}" if item.recipients else ""
        note = " - ".join(text for text in (str(step.why or ""), step.detail) if text)
        click.echo(f"{both(step.due, zone)}  {step.action}{to}: {item.title or step.series}")
        if note:
            click.echo(f"    {note}")
    if made.promises:
        click.echo("\nPromises")
    for promise in made.promises:
        due = both(promise.promise.due, zone) if promise.promise.due else "no date yet"
        click.echo(f"  {promise.state}: {promise.series}/{promise.number} - {promise.promise.topic} - {due}")
    if made.drift:
        click.echo(
            "\nPublished parts whose file differs (page and feed follow at the next run; nobody is mailed)"
        )
    for publication, change in made.drift:
        click.echo(f"  {publication.series}/{publication.number}: {change}")
