"""Instants on the command line: ISO dates and times, in the site's zone where they name none."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import click

from docchat_mailer.model.instants import utc


def instant(text: str, zone: ZoneInfo) -> datetime:
    """The instant that *text* names: ``2027-03-16``, ``2027-03-16T09:00``, with or without an offset.

    Raises click.BadParameter with what is accepted.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.combine(datetime.strptime(text, "%Y-%m").date(), time.min)  # noqa: DTZ007
        except ValueError as exc:
            raise click.BadParameter(
                f"{text!r} is no date - write 2027-03-16 or 2027-03-16T09:00+01:00"
            ) from exc
    return utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def nearby(moment: datetime, beside: datetime, zone: ZoneInfo) -> str:
    """An instant in the site's zone, next to another that is told in full: without the day, if it is that."""
    local = moment.astimezone(zone)
    same_day = local.date() == beside.astimezone(zone).date()
    return f"{local:%H:%M}" if same_day else f"{local:%a %Y-%m-%d %H:%M}"


def both(moment: datetime, zone: ZoneInfo) -> str:
    """An instant for a person: in the site's zone, and in UTC."""
    local = moment.astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M %Z} ({utc(moment):%Y-%m-%d %H:%M} UTC)"
