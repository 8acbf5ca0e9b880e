"""How a plan is told: lines for a person, plain values for a program, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from docchat_mailer.cli.moments import both

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from docchat_mailer.publishing.agenda import Agenda, AgendaItem
    from docchat_mailer.publishing.comparing import PlanChange


def plain(made: Agenda) -> dict[str, Any]:
    """A plan for programs; the same plan gives the same text, so that it can be kept and compared."""
    return {
        "steps": [_plain_step(item) for item in made.items],
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


def _plain_step(item: AgendaItem) -> dict[str, Any]:
    return {
        "at": item.step.due,
        "action": item.step.action,
        "series": item.step.series,
        "part": item.step.number,
        "title": item.title,
        "recipients": item.recipients,
        "why": item.step.why,
        "detail": item.step.detail,
    }


def plain_change(change: PlanChange) -> dict[str, Any]:
    """One difference for programs."""
    return {
        "change": change.difference,
        "before": _plain_step(change.before) if change.before else None,
        "after": _plain_step(change.after) if change.after else None,
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


def show(made: Agenda, zone: ZoneInfo) -> None:
    """A plan for a person."""
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
