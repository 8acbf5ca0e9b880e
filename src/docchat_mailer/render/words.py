"""The program's own words, one TOML file a language, and dates as people of that language write them."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"})


@functools.cache
def words(language: str) -> Mapping[str, str]:
    """The phrases of *language* (a BCP 47 tag); what is not translated stands in English."""
    folder = resources.files("docchat_mailer.render") / "phrases"
    phrases: dict[str, str] = {}
    for name in ("en", language.split("-", maxsplit=1)[0].lower(), language.lower()):
        file = folder / f"{name}.toml"
        if file.is_file():
            phrases.update(tomllib.loads(file.read_text(encoding="utf-8")))
    return phrases


def direction(language: str) -> str:
    """``rtl`` or ``ltr``: the writing direction of *language*."""
    return "rtl" if language.split("-", maxsplit=1)[0].lower() in RIGHT_TO_LEFT else "ltr"


def long_date(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """The day of *instant* in *zone*, written out: ``3 December 2026``."""
    return format_date(instant.astimezone(zone), format="long", locale=_locale(language))


def long_moment(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """Day and time of *instant* in *zone*: ``3 December 2026, 09:00 CET``."""
    time = format_time(instant, format="short", tzinfo=zone, locale=_locale(language))
    name = instant.astimezone(zone).tzname() or ""
    # mail programs and terminals show the narrow no-break space of newer locale data as a box
    return f"{long_date(instant, zone, language)}, {time} {name}".replace("\u202f", " ").rstrip()


@functools.cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
