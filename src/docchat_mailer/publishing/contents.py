"""The table of contents: every part that is written, drafted, broken or promised, and where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
class Item:
    """One line of the contents; *key* is the path of its file, or ``series/number`` where there is none.

    *at* is when it came out, or when it will as far as is known; *detail* says why it does not.
    """

    key: str
    series: Series
    number: int
    title: str
    stand: Stand
    at: datetime | None = None
    detail: str = ""
    part: Part | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """A series with its items; the posts outside any series make one chapter together, without a title."""

    title: str
    items: tuple[Item, ...]


def contents(desk: Desk, now: datetime) -> tuple[Chapter, ...]:
    """Every series by title, then the lone posts by name."""
    loose = _loose(desk)
    known = {series.slug: series for series in desk.library.series}
    chapters, posts = [], list[Item]()
    for slug in sorted({*known, *loose}):
        series = known.get(slug) or _unknown(slug, loose[slug])
        items = tuple(
            sorted(_items(desk, series, loose.get(slug, {}), now), key=lambda one: (one.number, one.key))
        )
        if series.lone:
            posts += items
        elif items:
            chapters.append(Chapter(title=series.title, items=items))
    chapters.sort(key=lambda chapter: chapter.title.casefold())
    return (*chapters, Chapter(title="", items=tuple(posts))) if posts else tuple(chapters)


def _items(desk: Desk, series: Series, loose: Mapping[str, PostFile | None], now: datetime) -> Iterator[Item]:
    written = {part.number for part in series.parts}
    for part in series.parts:
        yield _standing(desk, series, part.number, now, part)
    for path, post in loose.items():
        if post is None or post.part is None:
            yield _broken(desk, series, path)
        else:
            written.add(post.part.number)
            stand = Stand.DRAFT if post.part.draft else Stand.WAITING
            yield _item(series, post.part.number, stand, part=post.part)
    for promised in series.outline:
        if promised.number not in written:
            yield _standing(desk, series, promised.number, now)


def _standing(desk: Desk, series: Series, number: int, now: datetime, part: Part | None = None) -> Item:
    """Where a part stands that nothing but time, a hold or its text keeps from going out."""
    history = desk.history(series.slug)
    past = history.part(number)
    if past.released is not None:
        return _item(series, number, Stand.OUT, at=past.released, part=part)
    slot = part_slot(series, history, number, now)
    hold = past.hold or history.hold
    if hold is not None:
        return _item(series, number, Stand.HELD, at=slot, detail=hold.detail or str(hold.why), part=part)
    if part is None:
        return _item(series, number, Stand.PROMISED, at=slot)
    if series.fault:
        return _item(series, number, Stand.HELD, at=slot, detail=series.fault, part=part)
    step = next((one for one in plan(series, history, now) if one.number == number), None)
    if step is not None and step.action is Action.RELEASE:
        return _item(series, number, Stand.DUE, at=slot, part=part)
    if step is not None and step.action is Action.HOLD:
        return _item(series, number, Stand.HELD, at=slot, detail=step.detail or str(step.why), part=part)
    return _item(series, number, Stand.PLANNED, at=slot, part=part)


def _item(
    series: Series,
    number: int,
    stand: Stand,
    *,
    at: datetime | None = None,
    detail: str = "",
    part: Part | None = None,
) -> Item:
    named = part or series.promised(number)
    return Item(
        key=part.source.path if part is not None else part_key(series.slug, number),
        series=series,
        number=number,
        title=named.title if named is not None else f"Part {number}",
        stand=stand,
        at=at,
        detail=detail,
        part=part,
    )


def _broken(desk: Desk, series: Series, path: str) -> Item:
    errors = (one for one in desk.library.findings if one.source.path == path)
    first = next((one for one in errors if one.severity is Severity.ERROR), None)
    return Item(
        key=path,
        series=series,
        number=first.part or 0 if first is not None else 0,
        title=path.rpartition("/")[2],
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
