"""``status``: where everything stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docchat_mailer.cli.moments import both
from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json
from docchat_mailer.cli.planned import plain_waiting, told_waiting

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from docchat_mailer.publishing.standing import Standing


@click.command("status")
@click.option(
    "--check", is_flag=True, help="Exit with 1 where the accounts do not add up, or a row is uncertain."
)
@json_option
@with_config
def command(config: Path, *, check: bool, as_json: bool) -> None:
    """Say what is out, what comes next, what is held, and where every delivery stands.

    \b
    docchat-mailer status
    docchat-mailer status --check --json
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.delivery.waiting import waiting_mail  # noqa: PLC0415
    from docchat_mailer.publishing.round import look  # noqa: PLC0415
    from docchat_mailer.publishing.standing import standing  # noqa: PLC0415

    with open_app(config, create=False) as app:
        now = app.clock.now()
        found = standing(look(app.press, now), now)
        waiting, pace, zone = waiting_mail(app.db, app.config.grace), app.config.pace, app.site.zone
    if as_json:
        mail = [plain_waiting(each, pace) for each in waiting]
        print_json("status/1", _plain(found) | {"mail": mail})
    else:
        for line in (*_lines(found, zone), *(told_waiting(each, pace, zone) for each in waiting)):
            click.echo(line)
    if check and not found.healthy:
        raise SystemExit(1)


def _plain(found: Standing) -> dict[str, Any]:
    return {
        "healthy": found.healthy,
        "faults": list(found.faults),
        "published": found.published,
        "subscribers": found.subscribers,
        "deliveries": found.deliveries,
        "candidates": found.candidates,
        "next": [
            {"at": step.due, "action": step.action, "series": step.series, "part": step.number}
            for step in found.following
        ],
        "held": [
            {"series": series, "part": number, "why": hold.why, "since": hold.since, "detail": hold.detail}
            for series, number, hold in found.held
        ],
        "promises": [
            {"series": item.series, "part": item.number, "topic": item.promise.topic, "state": item.state}
            for item in found.promises
        ],
    }


def _lines(found: Standing, zone: ZoneInfo) -> Iterator[str]:
    """The status for a person."""
    released, announced = found.published.get("release", 0), found.published.get("announcement", 0)
    yield f"{released} parts out, {announced} announcements, {found.not_live} waiting to go live"
    people = ", ".join(f"{number} {state}" for state, number in sorted(found.subscribers.items()))
    yield f"subscribers: {people or 'none yet'}"
    rows = " + ".join(f"{number} {state}" for state, number in found.deliveries.items() if number)
    yield f"{found.candidates} candidates = {rows or '0'}"
    for fault in found.faults:
        yield f"fault: {fault}"
    for series, number, hold in found.held:
        name = f"{series}/{number}" if number else series
        yield f"held: {name} - {hold.why} - since {both(hold.since, zone)} {hold.detail}".rstrip()
    for step in found.following:
        yield f"next: {both(step.due, zone)}  {step.action} {step.series}/{step.number}"
    for item in found.promises:
        if item.state != "kept":
            yield f"promise {item.state}: {item.series}/{item.number} - {item.promise.topic}"
