"""Dates, times and spans as people write them, turned into instants and leads, or into a finding."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from docchat_mailer.content.fields import Fields
from docchat_mailer.model.cadence import Lead
from docchat_mailer.rules.spans import UNITS, counted

EARLIEST, LATEST = 1970, 2199
"""Years that are taken for meant."""

MIDNIGHT = time(0)

_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def instant(fields: Fields, key: str, zone: ZoneInfo, at: time = MIDNIGHT) -> datetime | None:
    """The UTC instant at *key*: a day means *at* in *zone*, a day with a time names its offset."""
    value = _moment(fields, key)
    if value is None:
        return None
    if not isinstance(value, datetime):
        return wall(fields, key, datetime.combine(value, at), zone)
    if value.tzinfo is None:
        shown = value.replace(tzinfo=zone).isoformat()
        fields.fault("C120", key, f"{key!r} is {value.isoformat()}, without an offset", f"write {shown}")
        return None
    return _utc(fields, key, value)


def wall_instant(fields: Fields, key: str, zone: ZoneInfo, at: time) -> datetime | None:
    """Like :func:`instant`, but a time without an offset is wall time in *zone* (TOML local date-time)."""
    value = _moment(fields, key)
    if isinstance(value, datetime) and value.tzinfo is None:
        return wall(fields, key, value, zone)
    return None if value is None else instant(fields, key, zone, at)


def wall(fields: Fields, key: str, value: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant a clock on the wall in *zone* shows *value*; None where it never does."""
    aware = _utc(fields, key, value.replace(tzinfo=zone))
    if aware is None:
        return None
    shown = aware.astimezone(zone).replace(tzinfo=None)
    if shown != value:
        what = f"{key!r} is {value.isoformat(' ')}, which clocks in {zone.key} leave out that day"
        fields.fault("C121", key, what, f"write {shown.isoformat()}")
        return None
    return aware


def _moment(fields: Fields, key: str) -> date | datetime | None:
    value = fields.values.get(key)
    if value is None:
        return None
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        fields.fault(
            "C118", key, f"{key!r} is {value!r}, not a date", "write 2027-03-16 or 2027-03-16T09:00+01:00"
        )
        return None
    return _parsed(fields, key, value.strip())


def _parsed(fields: Fields, key: str, text: str) -> date | datetime | None:
    try:
        if _DAY.fullmatch(text):
            year, month, day = (int(number) for number in text.split("-"))
            return date(year, month, day)
        return datetime.fromisoformat(re.sub(r"\s+(?=[-+Z]\S*$)", "", text))
    except ValueError as exc:
        what = f"{key!r} is {text!r}, which is no date ({exc})"
        fields.fault("C121", key, what, "write 2027-03-16 or 2027-03-16T09:00:00+01:00")
        return None


def _utc(fields: Fields, key: str, value: datetime) -> datetime | None:
    if not EARLIEST <= value.year <= LATEST:
        fields.fault("C121", key, f"{key!r} is in the year {value.year}", "write the year with four digits")
        return None
    return value.astimezone(UTC)


def lead(fields: Fields, key: str) -> Lead | None:
    """How long before: ``"1 day"`` is wall time, ``"24h"`` is exact."""
    text = fields.text(key)
    if not text:
        return None
    unit, count = _span(fields, key, text)
    if unit in ("d", "w"):
        return Lead(days=count * (7 if unit == "w" else 1))
    return Lead(exact=count * UNITS[unit]) if unit else None


def span(fields: Fields, key: str, default: timedelta) -> timedelta:
    """An exact span: ``"12h"``, ``"2 days"``."""
    text = fields.text(key)
    unit, count = _span(fields, key, text) if text else ("", 0)
    return count * UNITS[unit] if unit else default


def _span(fields: Fields, key: str, text: str) -> tuple[str, int]:
    try:
        count, unit = counted(text)
    except ValueError:
        fields.fault("C119", key, f"{key!r} is {text!r}", 'write a span such as "12h", "1 day" or "2 weeks"')
        return "", 0
    return unit, count


def clock_time(fields: Fields, key: str, default: time) -> time:
    """A time of day, ``"09:00"`` or a TOML local time."""
    value = fields.values.get(key)
    if value is None:
        return default
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value.strip()):
        hour, minute = value.strip().split(":")
        return time(int(hour), int(minute))
    fields.fault("C119", key, f"{key!r} is {value!r}", 'write a time of day such as "09:00"')
    return default
