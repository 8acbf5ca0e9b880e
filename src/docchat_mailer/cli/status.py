"""``status``: where everything stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docchat_mailer.cli.moments import both
from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json
from docchat_mailer.cli.planned import plain_waiting, told_waiting
from docchat_mailer.rules.printing import printable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from docchat_mailer.app import App
    from docchat_mailer.delivery.undecided import Undecided
    from docchat_mailer.delivery.waiting import WaitingMail
    from docchat_mailer.publishing.standing import Standing
    from docchat_mailer.rules.rates import Pace


@click.command("status")
@click.option(
    "--check", is_flag=True, help="Exit with 1 where the accounts do not add up, or a row is uncertain."
)
@click.option("--watch", is_flag=True, help="Look again and again, until Ctrl-C.")
@click.option("--every", default="2s", show_default=True, metavar="SPAN", help="The time between two looks.")
@json_option
@with_config
def command(config: Path, *, check: bool, watch: bool, every: str, as_json: bool) -> None:
    """Say what is out, what comes next, what is held, and where every delivery stands.

    With --watch also how far the mailing is that is under way, how fast it goes and when it ends: drawn anew
    on a terminal, a line for each look elsewhere, an object a line with --json.

    \b
    docchat-mailer status
    docchat-mailer status --check --json
    docchat-mailer status --watch --every 10s
    """
    if watch and check:
        raise click.UsageError("--check looks once, --watch goes on: choose one")
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.cli.watched import interval, watch_status  # noqa: PLC0415

    pause = interval(every)
    with open_app(config, create=False) as app:
        if watch:
            watch_status(app, pause, lambda: _lines(_Seen.of(app), app.site.zone), as_json=as_json)
        seen, zone = _Seen.of(app), app.site.zone
    if as_json:
        print_json("status/1", _plain(seen))
    else:
        for line in _lines(seen, zone):
            click.echo(line)
    if check and not seen.found.healthy:
        raise SystemExit(1)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look: where everything stands, what waits for a word, what mail for its grace, at which pace."""

    found: Standing
    undecided: list[Undecided]
    waiting: list[WaitingMail]
    pace: Pace

    @classmethod
    def of(cls, app: App) -> _Seen:
        """Look at a site, now."""
        from docchat_mailer.delivery.undecided import undecided  # noqa: PLC0415
        from docchat_mailer.delivery.waiting import waiting_mail  # noqa: PLC0415
        from docchat_mailer.publishing.round import look  # noqa: PLC0415
        from docchat_mailer.publishing.standing import standing  # noqa: PLC0415

        now = app.clock.now()
        found = standing(look(app.press, now), now)
        mail = waiting_mail(app.db, app.config.grace)
        return cls(found, undecided(app.db), mail, app.config.pace)


def _plain(seen: _Seen) -> dict[str, Any]:
    found = seen.found
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
        "undecided": [
            {
                "what": each.wait,
                "edition": each.edition,
                "part": each.part,
                "kind": each.kind,
                "deliveries": each.deliveries,
                "why": each.why,
                "command": each.command,
            }
            for each in seen.undecided
        ],
        "mail": [plain_waiting(each, seen.pace) for each in seen.waiting],
    }


def _lines(seen: _Seen, zone: ZoneInfo) -> Iterator[str]:
    """The status for a person."""
    found = seen.found
    released, announced = found.published.get("release", 0), found.published.get("announcement", 0)
    yield f"{released} parts out, {announced} announcements, {found.not_live} waiting to go live"
    people = ", ".join(f"{number} {state}" for state, number in sorted(found.subscribers.items()))
    yield f"subscribers: {people or 'none yet'}"
    rows = " + ".join(f"{number} {state}" for state, number in found.deliveries.items() if number)
    yield f"{found.candidates} candidates = {rows or '0'}"
    for fault in found.faults:
        yield f"fault: {fault}"
    for each in seen.undecided:
        yield _told_undecided(each)
    for series, number, hold in found.held:
        name = f"{series}/{number}" if number else series
        yield f"held: {name} - {hold.why} - since {both(hold.since, zone)} {hold.detail}".rstrip()
    for mail in seen.waiting:
        yield told_waiting(mail, seen.pace, zone)
    for step in found.following:
        yield f"next: {both(step.due, zone)}  {step.action} {step.series}/{step.number}"
    for item in found.promises:
        if item.state != "kept":
            yield f"promise {item.state}: {item.series}/{item.number} - {item.promise.topic}"


def _told_undecided(each: Undecided) -> str:
    """What waits for a word, why, and what to type; a relay's words may be in it."""
    number = "1 delivery" if each.deliveries == 1 else f"{each.deliveries} deliveries"
    why = f" - {each.why}" if each.why else ""
    said = f"{each.wait}: {each.part} {each.kind} (edition {each.edition}), {number}{why}"
    return f"{printable(said)}; next: {each.command}"
