"""``series.toml``: what a series is called, when its parts come out, and what it promises."""

from __future__ import annotations

import calendar
import re
import string
from collections.abc import Mapping
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from docchat_mailer.content import moments
from docchat_mailer.content.fields import Fields
from docchat_mailer.content.toml import read_toml
from docchat_mailer.model.cadence import LAST_DAY, Cadence, Misfire, Pause, Unit
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Promised, Series, Source

SERIES_KEYS: Mapping[str, str] = {
    "title": "the series' title; the one key that must be there",
    "summary": "a sentence or two for lists and feeds",
    "tags": "tags of every part",
    "author": "who writes it; the site's author where missing",
    "start": "when part 1 comes out: a day, a local time in the cadence's zone, or a time with an offset",
    "announce": 'how long before its slot a part is announced: "1 day" (same time of day) or "24h" (exact)',
    "language": "the language of its parts (BCP 47); the site's where missing",
    "part_title": "how a part's title is composed: {series}, {n}, {title}",
    "misfire": "a late part is sent now (send), takes the next slot (skip), or waits for you (hold)",
    "max_lateness": 'later than this ("12h", "2 days") a part always waits for you',
    "feeds": "false: the series has no feeds of its own",
    "cadence": "the table that says when later parts come out",
    "outline": "a list of tables: parts promised, written or not",
}
"""The keys of ``series.toml``, each explained in a line."""

CADENCE_KEYS: Mapping[str, str] = {
    "every": '"day", "2 weeks", "month"',
    "on": 'weekdays (["tue"]) or days of the month ([1, 15, "last"])',
    "at": 'the time of day, "09:00"',
    "zone": "the IANA time zone of that time; the site's where missing",
    "pause": "a list of {from, until}: days without slots, both included",
}
"""The keys of ``[cadence]``."""

OUTLINE_KEYS: Mapping[str, str] = {
    "part": "the number it will have",
    "title": "its bare title",
    "summary": "what it will be about, in a sentence",
}
"""The keys of ``[[outline]]``."""

TITLE_FIELDS = frozenset({"series", "n", "title"})
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

_NINE = time(9)
_TWELVE_HOURS = timedelta(hours=12)
_EVERY = re.compile(r"(?:(\d{1,3})\s+)?(day|week|month)s?")
_WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_abbr, start=1)}
_WEEKDAYS |= {name.lower(): number for number, name in enumerate(calendar.day_name, start=1)}


def read_series(text: str, slug: str, path: str, zone: ZoneInfo) -> tuple[Series | None, tuple[Finding, ...]]:
    """The series of a ``series.toml``, without its parts, and all that is wrong with the file."""
    document = read_toml(text, Source(path=path))
    if document.findings:
        return None, document.findings
    found: list[Finding] = []
    fields = Fields(document, path, found)
    fields.known(SERIES_KEYS)
    cadence = _cadence(fields, zone)
    at, own_zone = (cadence.at, cadence.zone) if cadence else (moments.MIDNIGHT, zone)
    series = Series(
        slug=slug,
        title=fields.text("title", required=True),
        source=Source(path=path),
        start=moments.wall_instant(fields, "start", own_zone, at),
        cadence=cadence,
        summary=fields.text("summary"),
        tags=fields.texts("tags"),
        author=fields.text("author"),
        language=language(fields),
        part_title=_part_title(fields),
        announce=moments.lead(fields, "announce"),
        misfire=_misfire(fields),
        max_lateness=moments.span(fields, "max_lateness", _TWELVE_HOURS),
        outline=_outline(fields),
        feeds=fields.switch("feeds", default=True),
    )
    return series, tuple(found)


def language(fields: Fields) -> str:
    """The BCP 47 tag at ``language``."""
    tag = fields.text("language")
    if tag and LANGUAGE.fullmatch(tag) is None:
        fields.fault("C119", "language", f"{tag!r} is no language tag", 'write "en", "de" or "pt-BR"')
        return ""
    return tag


def _part_title(fields: Fields) -> str:
    form = fields.text("part_title")
    if not form:
        return ""
    try:
        pieces = list(string.Formatter().parse(form))
    except ValueError as exc:
        fields.fault("C124", "part_title", f"the title form {form!r} cannot be read ({exc})")
        return ""
    names = {name for _, name, _, _ in pieces if name is not None}
    if names - TITLE_FIELDS or any(spec or conversion for _, _, spec, conversion in pieces):
        fields.fault("C124", "part_title", f"the title form {form!r} asks for something else")
        return ""
    if not names & {"n", "title"}:
        fields.fault("C124", "part_title", f"the title form {form!r} gives every part one title")
        return ""
    return form


def _misfire(fields: Fields) -> Misfire:
    text = fields.text("misfire")
    try:
        return Misfire(text) if text else Misfire.SEND
    except ValueError:
        fields.fault("C119", "misfire", f"'misfire' is {text!r}", 'write "send", "skip" or "hold"')
        return Misfire.SEND


def _outline(fields: Fields) -> tuple[Promised, ...]:
    promised: dict[int, Promised] = {}
    for table in fields.tables("outline"):
        table.known(OUTLINE_KEYS)
        number = table.number("part")
        if number is None:
            if "part" not in table.values:
                table.fault("C117", "part", "'part' is missing", "add part = NUMBER")
            continue
        if number in promised:
            table.fault("C131", "part", f"part {number} stands twice in the outline")
        title = table.text("title", required=True)
        promised[number] = Promised(number=number, title=title, summary=table.text("summary"))
    return tuple(promised[number] for number in sorted(promised))


def _cadence(fields: Fields, site_zone: ZoneInfo) -> Cadence | None:
    table = fields.table("cadence")
    if table is None:
        return None
    table.known(CADENCE_KEYS)
    unit, count = _every(table)
    weekdays, month_days = _on(table, unit)
    return Cadence(
        unit=unit,
        count=count,
        weekdays=weekdays,
        month_days=month_days,
        at=moments.clock_time(table, "at", _NINE),
        zone=_zone(table, site_zone),
        pauses=_pauses(table),
    )


def _every(table: Fields) -> tuple[Unit, int]:
    text = table.text("every", required=True)
    match = _EVERY.fullmatch(text.lower())
    if match is None or match[1] == "0":
        if text:
            table.fault("C119", "every", f"'every' is {text!r}", 'write "day", "week", "2 weeks" or "month"')
        return Unit.WEEK, 1
    return Unit(match[2]), int(match[1] or 1)


def _on(table: Fields, unit: Unit) -> tuple[tuple[int, ...], tuple[int, ...]]:
    value = table.values.get("on", [])
    days = value if isinstance(value, list) else [value]
    read = _month_day if unit is Unit.MONTH else _weekday
    numbers: set[int] = set()
    for day in days:
        number = read(day)
        if number is None:
            shown = '1 to 31 or "last"' if unit is Unit.MONTH else '"mon", "tue", "wed" ...'
            table.fault("C119", "on", f"'on' names {day!r}", f"with {unit.value}s write {shown}")
        else:
            numbers.add(number)
    ordered = tuple(sorted(numbers))
    return ((), ordered) if unit is Unit.MONTH else (ordered, ())


def _weekday(day: object) -> int | None:
    return _WEEKDAYS.get(day.lower()) if isinstance(day, str) else None


def _month_day(day: object) -> int | None:
    if day == "last":
        return LAST_DAY
    usable = isinstance(day, int) and not isinstance(day, bool) and 1 <= day <= LAST_DAY
    return int(str(day)) if usable else None


def _zone(table: Fields, site_zone: ZoneInfo) -> ZoneInfo:
    name = table.text("zone")
    if not name:
        return site_zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.fault("C119", "zone", f"{name!r} is no IANA time zone", 'write a name such as "Europe/Berlin"')
        return site_zone


def _pauses(table: Fields) -> tuple[Pause, ...]:
    pauses = []
    for item in table.tables("pause"):
        item.known(("from", "until"))
        start, end = _day(item, "from"), _day(item, "until")
        if start is None or end is None:
            continue
        if end < start:
            item.fault("C119", "from", f"the pause ends ({end}) before it begins ({start})", "swap the days")
            continue
        pauses.append(Pause(start=start, end=end))
    return tuple(pauses)


def _day(item: Fields, key: str) -> date | None:
    value = item.values.get(key)
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        item.fault("C121", key, f"{key!r} is {value!r}, which is no day", "write a day such as 2027-03-16")
        return None
