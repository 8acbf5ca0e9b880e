"""``plan``: what goes out when, before it happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.moments import instant
from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json
from docchat_mailer.cli.planned import plain, plain_change, show, told

if TYPE_CHECKING:
    from datetime import datetime

    from docchat_mailer.app import App
    from docchat_mailer.publishing.agenda import Agenda

HORIZON = timedelta(days=366)
"""How far ahead the plan looks where --until does not say."""


@click.command("plan")
@click.option("--until", metavar="DATE", help="Look ahead to this day; a year if left out.")
@click.option("--against", metavar="REF", help="Say what differs from the posts of this git revision.")
@click.option(
    "--subscribers", type=click.IntRange(0), metavar="N", help="Reckon with so many readers of everything."
)
@click.option("--ical", is_flag=True, help="Write a calendar (RFC 5545) to stdout.")
@json_option
@with_config
def command(
    config: Path,
    *,
    until: str | None,
    against: str | None,
    subscribers: int | None,
    ical: bool,
    as_json: bool,
) -> None:
    """Say what goes out when, in the site's time and in UTC, to how many; with holds and promises.

    Where there is a grace or a rate, it says when mail leaves and the last of it is out.  Changes nothing.

    \b
    docchat-mailer plan
    docchat-mailer plan --until 2027-06 --json
    docchat-mailer plan --against main
    docchat-mailer plan --subscribers 200000
    """
    if sum((against is not None, ical)) > 1 or (ical and as_json):
        raise click.UsageError("--ical stands alone: it is neither JSON nor a comparison")
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.delivery.waiting import waiting_mail  # noqa: PLC0415
    from docchat_mailer.publishing.agenda import agenda, for_readers  # noqa: PLC0415
    from docchat_mailer.publishing.round import look  # noqa: PLC0415

    with open_app(config, create=False) as app:
        now = app.clock.now()
        end = instant(until, app.site.zone) if until else now + HORIZON
        made = agenda(look(app.press, now), now, end)
        waiting, pace = waiting_mail(app.db, app.config.grace), app.config.pace
        if subscribers is not None:
            made = for_readers(made, subscribers)
            waiting = [replace(each, readers=subscribers) for each in waiting]
        if against is not None:
            _show_changes(app, made, against, now=now, end=end, as_json=as_json, readers=subscribers)
        elif ical:
            click.echo(_calendar(app, made, now), nl=False)
        elif as_json:
            print_json("plan/1", plain(made, pace, waiting))
        else:
            show(made, app.site.zone, pace, waiting)


def _show_changes(
    app: App,
    made: Agenda,
    revision: str,
    *,
    now: datetime,
    end: datetime,
    as_json: bool,
    readers: int | None,
) -> None:
    """What the posts of *revision* would have planned, beside what is planned now."""
    from docchat_mailer.content.checkout import checked_out  # noqa: PLC0415
    from docchat_mailer.publishing.agenda import agenda, for_readers  # noqa: PLC0415
    from docchat_mailer.publishing.comparing import compare  # noqa: PLC0415
    from docchat_mailer.publishing.round import look_at  # noqa: PLC0415

    with checked_out(app.press.posts, revision) as posts:
        before = agenda(look_at(app.press, now, posts), now, end)
        changes = compare(before if readers is None else for_readers(before, readers), made)
    if as_json:
        listed = [plain_change(each, app.config.pace) for each in changes]
        print_json("plan-changes/1", {"against": revision, "changes": listed})
        return
    if not changes:
        click.echo(f"Nothing changes against {revision}.")
    for change in changes:
        for line in told(change, app.site.zone):
            click.echo(line)


def _calendar(app: App, made: Agenda, now: datetime) -> str:
    from docchat_mailer.render.calendar_file import Appointment, calendar_file  # noqa: PLC0415

    appointments = (
        Appointment(
            uid=f"{item.step.action}/{item.step.series}/{item.step.number}@{app.sender.domain}",
            at=item.step.due,
            title=f"{item.step.action}: {item.title or item.step.series}",
            detail=item.step.detail,
        )
        for item in made.items
    )
    return calendar_file(app.site.title, appointments, now)
