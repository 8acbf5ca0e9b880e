"""The table of contents: every part that is written, drafted, broken or promised, and where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docchat_mailer.content.names import numbered
from docchat_mailer.content.post_file import PostFile
from docchat_mailer.content.records import unpack
from docchat_mailer.model.finding import Severity
from docchat_mailer.model.planning import Action
from docchat_mailer.model.series import Part, Series, Source, part_key
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.rules.planning import part_slot, plan


class Stand(StrEnum):
    """Where a part stands; the value is the word a writer reads."""

    OUT = "out"
    DUE = "due"  # goes out at the next round
    PLANNED = "planned"  # its text is there; it has a slot, or none yet
    HELD = "held"
    PROMISED = "promised"  # in the outline, not written yet
    DRAFT = "draft"
    WAITING = "waiting"  # for a draft before it
    BROKEN = "broken"  # its file cannot be read as a part


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """One thing to look at; *key* is the path of its file, or ``series/number`` where there is none.

    *part* is None where the file is broken, or the part only promised.
    """

    key: str
    series: Series
    number: int
    part: Part | None = None

    @property
    def promised(self) -> bool:
        """Whether there is no file."""
        return self.part is None and not self.key.endswith(".md")


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One line of the contents: a spot, and where it stands.

    *at* is when it came out, or when it will as far as is known; *detail* says why it does not.
    """

    spot: Spot
    title: str
    stand: Stand
    at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """A series with its items; the posts outside any series make one chapter together, without a title."""

    title: str
    items: tuple[Item, ...]


def spots(desk: Desk) -> Mapping[str, Spot]:
    """Everything there is to look at by its key, in order of series and number."""
    loose = _loose(desk)
    known = {series.slug: series for series in desk.library.series}
    found: dict[str, Spot] = {}
    for slug in sorted({*known, *loose}):
        series = known.get(slug) or _unknown(slug, loose[slug])
        mine = sorted(_of_series(series, loose.get(slug, {})), key=lambda spot: (spot.number, spot.key))
        found.update((spot.key, spot) for spot in mine)
    return found


def _of_series(series: Series, loose: Mapping[str, PostFile | None]) -> Iterator[Spot]:
    written = {part.number for part in series.parts}
    for part in series.parts:
        yield Spot(key=part.source.path, series=series, number=part.number, part=part)
    for path, post in loose.items():
        part_of_file = post.part if post is not None else None
        place = numbered(path.rpartition("/")[2])
        number = part_of_file.number if part_of_file else place.number if place else 1
        written.add(number)
        yield Spot(key=path, series=series, number=number, part=part_of_file)
    for promised in series.outline:
        if promised.number not in written:
            yield Spot(key=part_key(series.slug, promised.number), series=series, number=promised.number)


def contents(desk: Desk, found: Mapping[str, Spot], now: datetime) -> tuple[Chapter, ...]:
    """What was *found*, as it stands at *now*: every series by title, then the lone posts by name."""
    chapters: defaultdict[str, list[Item]] = defaultdict(list)
    posts: list[Item] = []
    for spot in found.values():
        into = posts if spot.series.lone else chapters[spot.series.slug]
        into.append(_item(desk, spot, now))
    listed = [Chapter(title=items[0].spot.series.title, items=tuple(items)) for items in chapters.values()]
    listed.sort(key=lambda chapter: chapter.title.casefold())
    return (*listed, Chapter(title="", items=tuple(posts))) if posts else tuple(listed)


def _item(desk: Desk, spot: Spot, now: datetime) -> Item:
    if spot.part is None and not spot.promised:
        return _broken(desk, spot)
    named = spot.part or spot.series.promised(spot.number)
    title = named.title if named is not None else f"Part {spot.number}"
    if spot.part is not None and spot.part not in spot.series.parts:
        return Item(spot=spot, title=title, stand=Stand.DRAFT if spot.part.draft else Stand.WAITING)
    stand, at, detail = _standing(desk, spot, now)
    return Item(spot=spot, title=title, stand=stand, at=at, detail=detail)


def _standing(desk: Desk, spot: Spot, now: datetime) -> tuple[Stand, datetime | None, str]:
    """Where a part stands that nothing but time, a hold or its text keeps from going out."""
    series, history = spot.series, desk.history(spot.series.slug)
    past = history.part(spot.number)
    if past.released is not None:
        return Stand.OUT, past.released, ""
    slot = part_slot(series, history, spot.number, now)
    hold = past.hold or history.hold
    if hold is not None:
        return Stand.HELD, slot, hold.detail or str(hold.why)
    if spot.part is None:
        return Stand.PROMISED, slot, ""
    if series.fault:
        return Stand.HELD, slot, series.fault
    step = next((one for one in plan(series, history, now) if one.number == spot.number), None)
    if step is not None and step.action is Action.RELEASE:
        return Stand.DUE, slot, ""
    if step is not None and step.action is Action.HOLD:
        return Stand.HELD, slot, step.detail or str(step.why)
    return Stand.PLANNED, slot, ""


def _broken(desk: Desk, spot: Spot) -> Item:
    errors = (one for one in desk.library.findings if one.source.path == spot.key)
    first = next((one for one in errors if one.severity is Severity.ERROR), None)
    return Item(
        spot=spot,
        title=spot.key.rpartition("/")[2],
        stand=Stand.BROKEN,
        detail=first.what if first is not None else "",
    )


def _loose(desk: Desk) -> Mapping[str, Mapping[str, PostFile | None]]:
    """What lies in the folder and is in no series' parts: slug to path to what was read of the file."""
    placed = {part.source.path for series in desk.library.series for part in series.parts}
    found: defaultdict[str, dict[str, PostFile | None]] = defaultdict(dict)
    for path, record in desk.library.records.items():
        if path.endswith(".md") and path not in placed:
            made = unpack(record.payload, desk.press.site.zone)
            post = made if isinstance(made, PostFile) else None
            found[_slug(path, post)][path] = post
    for one in desk.library.findings:
        path = one.source.path
        if one.severity is Severity.ERROR and path.endswith(".md") and path not in placed:
            found[one.series or _slug(path, None)].setdefault(path, None)
    return found


def _slug(path: str, post: PostFile | None) -> str:
    folder = path.rpartition("/")[0]
    if folder:
        return folder
    return post.part.slug if post is not None and post.part is not None else path.removesuffix(".md")


def _unknown(slug: str, loose: Mapping[str, PostFile | None]) -> Series:
    """A series of which nothing but loose files is known: a draft or a broken post of its own."""
    path, post = next(iter(loose.items()))
    part = post.part if post is not None else None
    return Series(
        slug=slug,
        title=part.title if part is not None else path,
        source=Source(path=path),
        start=post.date if post is not None else None,
        cadence=None,
        lone="/" not in path,
    )
