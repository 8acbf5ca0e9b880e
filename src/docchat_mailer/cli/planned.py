"""How a plan is told: lines for a person, plain values for a program, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from docchat_mailer.cli.moments import both, nearby

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from docchat_mailer.delivery.waiting import WaitingMail
    from docchat_mailer.publishing.agenda import Agenda, AgendaItem
    from docchat_mailer.publishing.comparing import PlanChange
    from docchat_mailer.rules.rates import Pace


def plain(made: Agenda, pace: Pace, waiting: Sequence[WaitingMail]) -> dict[str, Any]:
    """A plan for programs; the same plan gives the same text, so that it can be kept and compared."""
    return {
        "mail": [plain_waiting(each, pace) for each in waiting],
        "steps": [_plain_step(item, pace) for item in made.items],
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


def plain_waiting(each: WaitingMail, pace: Pace) -> dict[str, Any]:
    """Mail that waits for its grace, for programs."""
    return {
        "at": each.at,
        "last_mail": pace.last(each.at - pace.grace, each.readers),
        "edition": each.edition,
        "series": each.series,
        "part": each.number,
        "kind": each.kind,
        "recipients": each.readers,
    }


def told_waiting(each: WaitingMail, pace: Pace, zone: ZoneInfo) -> str:
    """Mail that waits for its grace, for a person."""
    last = _last(pace.last(each.at - pace.grace, each.readers), each.at, zone)
    at = nearby(each.at, each.at - pace.grace, zone)
    to = _readers(each.readers)
    return f"mail goes out at {at}{last}: {each.series}/{each.number} {each.kind} to {to}"


def _plain_step(item: AgendaItem, pace: Pace) -> dict[str, Any]:
    return {
        "at": item.step.due,
        "action": item.step.action,
        "series": item.step.series,
        "part": item.step.number,
        "title": item.title,
        "recipients": item.recipients,
        "mail_at": pace.first(item.step.due) if item.mailed else None,
        "last_mail": pace.last(item.step.due, item.recipients) if item.mailed else None,
        "why": item.step.why,
        "detail": item.step.detail,
    }


def plain_change(change: PlanChange, pace: Pace) -> dict[str, Any]:
    """One difference for programs."""
    return {
        "change": change.difference,
        "before": _plain_step(change.before, pace) if change.before else None,
        "after": _plain_step(change.after, pace) if change.after else None,
    }


def told(change: PlanChange, zone: ZoneInfo) -> Iterator[str]:
    """The lines of one change, as a diff has them."""
    step = change.item.step
    yield f"{change.difference} {step.series}/{step.number}"
    for sign, item in (("-", change.before), ("+", change.after)):
        if item is not None:
            to = f" to {item.recipients}" if item.recipients else ""
            why = f" ({item.step.why})" if item.step.why else ""
            yield f"{sign} {both(item.step.due, zone)}  {item.step.action}{to}: {item.title}{why}"


def show(made: Agenda, zone: ZoneInfo, pace: Pace, waiting: Sequence[WaitingMail]) -> None:
    """A plan for a person."""
    for each in waiting:
        click.echo(told_waiting(each, pace, zone))
    if not made.items:
        click.echo("Nothing is planned.")
    for item in made.items:
        step = item.step
        to = f" to {item.recipients}" if item.recipients else ""
        note = " - ".join(text for text in (str(step.why or ""), step.detail) if text)
        click.echo(f"{both(step.due, zone)}  {step.action}{to}: {item.title or step.series}")
        if note:
            click.echo(f"    {note}")
        if mail := _mail(item, zone, pace):
            click.echo(f"    {mail}")
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


def _mail(item: AgendaItem, zone: ZoneInfo, pace: Pace) -> str:
    """When the mail of a step leaves, where anything holds it up."""
    due, readers = item.step.due, item.recipients
    if not item.mailed or not readers:
        return ""
    first, last = pace.first(due), pace.last(due, readers)
    if first == due:
        return f"{_readers(readers)}{_last(last, due, zone)}" if last is not None else ""
    return f"mail goes out at {nearby(first, due, zone)}, {_readers(readers)}{_last(last, due, zone)}"


def _last(last: datetime | None, beside: datetime, zone: ZoneInfo) -> str:
    return "" if last is None else f", last mail about {nearby(last, beside, zone)}"


def _readers(number: int) -> str:
    return "1 reader" if number == 1 else f"{number} readers"
