"""The plan as a calendar that other programs can subscribe to (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointment:
    """One step of the plan; *uid* is the same in every calendar that has it (RFC 5545 section 3.8.4.7)."""

    uid: str
    at: datetime
    title: str
    detail: str = ""


def calendar_file(name: str, appointments: Iterable[Appointment], now: datetime) -> str:
    """A calendar called *name*, made at *now*, with CRLF line ends."""
    calendar = Calendar()
    calendar.add("prodid", "-//DocChat Mailer//plan//EN")
    calendar.add("version", "2.0")
    calendar.add("name", name)  # RFC 7986 section 5.1
    for each in appointments:
        event = Event()
        event.add("uid", each.uid)
        event.add("dtstamp", now.replace(microsecond=0))
        event.add("dtstart", each.at)
        event.add("duration", timedelta())
        event.add("summary", each.title)
        event.add("transp", "TRANSPARENT")  # it takes none of anybody's time
        if each.detail:
            event.add("description", each.detail)
        calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")
