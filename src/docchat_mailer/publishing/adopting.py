"""Take over a blog that exists: what is already past goes to pages and feeds, and mails nobody.

Ids, dates and paths come with the posts (front matter ``entry_id``, ``date``, ``slug``), or from the blog's
old feed or a table of them, which win.  Parts without any date take the slots they would have had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType

from docchat_mailer.content.body import Body, compose
from docchat_mailer.errors import ContentError
from docchat_mailer.model.old_entry import OldEntry
from docchat_mailer.model.planning import Action, History
from docchat_mailer.model.series import Part, Series
from docchat_mailer.publishing.composing import Composed, assembled
from docchat_mailer.publishing.freezing import Manuscript, freeze_many
from docchat_mailer.publishing.old_addresses import kept_paths, path_before
from docchat_mailer.publishing.stepping import Desk, manuscript_with
from docchat_mailer.rules.planning import outlook

BLOCK = 500
"""Posts adopted in one transaction: an interrupted adoption goes on where it stopped."""

WORTH_A_POOL = 100
"""Fewer posts than this are composed sooner than further processes start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Adoption:
    """One part that is already past, with the instant it was published, and the old feed's entry of it."""

    series: Series
    part: Part
    published_at: datetime
    old: OldEntry | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptReport:
    """What an adoption did, and what it could not: a sentence each."""

    adopted: int
    faults: tuple[str, ...]


NOTHING_KNOWN: Mapping[str, OldEntry] = MappingProxyType({})


def adoptions(desk: Desk, now: datetime, known: Mapping[str, OldEntry] = NOTHING_KNOWN) -> list[Adoption]:
    """Everything that was due before *now* and is not published yet, oldest first, each series in order.

    *known* gives the old entry of a post by its file's path below ``posts/``.
    """
    found = [item for series in desk.library.series for item in _of_series(desk, series, now, known)]
    return sorted(found, key=lambda item: (item.published_at, item.series.slug, item.part.number))


def _of_series(
    desk: Desk, series: Series, now: datetime, known: Mapping[str, OldEntry]
) -> Iterator[Adoption]:
    olds = {part.number: known[part.source.path] for part in series.parts if part.source.path in known}
    starts = [series.start, *(old.published for old in olds.values())]
    start = min((at for at in starts if at is not None), default=None)
    if series.fault or start is None or start > now:
        return
    history = desk.history(series.slug)
    slots = _slots(series, history, now)
    latest = start
    for part in series.parts:
        if history.part(part.number).released is not None:
            continue
        old = olds.get(part.number)
        published = (old.published if old else None) or part.publish or slots.get(part.number)
        if published is None or published > now:
            return
        latest = max(latest, published)
        at = old.published if old and old.published else latest
        yield Adoption(series=series, part=part, published_at=at, old=old)


def left_out(desk: Desk, waiting: Sequence[Adoption], known: Mapping[str, OldEntry]) -> Iterator[str]:
    """Why a post that readers know is not among those *waiting* to be adopted, a sentence each."""
    taken = {item.part.source.path for item in waiting}
    for series in desk.library.series:
        for part in series.parts:
            old = known.get(part.source.path)
            out = desk.history(series.slug).part(part.number).released is not None
            if old is None or out or part.source.path in taken:
                continue
            why = series.fault or "it, or a part before it, has no date that is past"
            what = f"not adopted, though it stands at {old.where}"
            yield f"{part.source}: {what} - {why} - mend that and adopt again"


def _slots(series: Series, history: History, now: datetime) -> dict[int, datetime]:
    """The slots the parts would have had, looking forward from the series' own start."""
    start = series.start
    if start is None:
        return {}
    out = {number: past for number, past in history.parts.items() if past.released is not None}
    steps = outlook(series, History(parts=out, first_run=start), start, now)
    return {step.number: step.due for step in steps if step.action is Action.RELEASE and step.why is None}


def adopt(
    desk: Desk,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    only: Callable[[Adoption], bool] = lambda _item: True,
    known: Mapping[str, OldEntry] = NOTHING_KNOWN,
) -> AdoptReport:
    """Publish what is already past, and *only* accepts, without an edition; *known* as before."""
    desk = replace(desk, pages={**desk.pages, **kept_paths(desk, known)})
    found = adoptions(desk, now, known)
    waiting = [item for item in found if only(item)]
    faults = list(left_out(desk, found, known))
    done = 0
    with _composer(desk, len(waiting)) as compose_all:
        for start in range(0, len(waiting), BLOCK):
            block = waiting[start : start + BLOCK]
            manuscripts = list(_manuscripts(desk, block, compose_all(block), faults))
            freeze_many(desk.press, desk.authority, manuscripts, now)
            done += len(manuscripts)
            progress(done, len(waiting))
    return AdoptReport(adopted=done, faults=tuple(faults))


def _manuscripts(
    desk: Desk, block: Sequence[Adoption], bodies: Iterable[Body | str], faults: list[str]
) -> Iterator[Manuscript]:
    broken: set[str] = set()
    for item, body in zip(block, bodies, strict=True):
        series, part, at = item.series, item.part, item.published_at
        if series.slug in broken:
            faults.append(f"{part.source}: not adopted - a part before it has a fault - mend that one first")
            continue
        composed = _composed(desk, item, body)
        if isinstance(composed, str):
            broken.add(series.slug)
            faults.append(composed)
            continue
        manuscript = manuscript_with(desk, series, part, composed, slot=None, now=at)
        yield _as_before(desk, replace(manuscript, published_at=at), item.old)


def _as_before(desk: Desk, manuscript: Manuscript, old: OldEntry | None) -> Manuscript:
    """*manuscript* under the id and the address its readers know."""
    if old is None:
        return manuscript
    before = path_before(old.url, desk.press.site.base_url)
    moved = (before,) if before not in {"", manuscript.path, *manuscript.aliases} else ()
    return replace(
        manuscript,
        entry_id=old.entry_id,
        permalink=old.permalink,
        updated_at=old.updated,
        aliases=(*manuscript.aliases, *moved),
    )


def _composed(desk: Desk, item: Adoption, body: Body | str) -> Composed | str:
    """The revision of an adopted part, or the sentence that says why there is none."""
    if isinstance(body, str):
        return body
    try:
        return assembled(desk.press.site, item.series, item.part, body=body, now=item.published_at)
    except ContentError as exc:
        return str(exc)


Composer = Callable[[Sequence[Adoption]], Iterable[Body | str]]


@contextmanager
def _composer(desk: Desk, count: int) -> Iterator[Composer]:
    """A function from adoptions to their bodies, in order; a body that cannot be made is its sentence."""
    folder, pages = desk.press.posts, desk.pages
    if desk.press.processes == 1 or count < WORTH_A_POOL:
        yield lambda block: [_body(folder, item.part, pages) for item in block]
        return
    with ProcessPoolExecutor(
        desk.press.processes, get_context("spawn"), _begin, (folder, dict(pages))
    ) as pool:
        yield lambda block: pool.map(_body_here, [item.part for item in block], chunksize=25)


_here: dict[str, tuple[Path, Mapping[str, str]]] = {}
"""What a process of the pool was given once, so that it does not travel with every part."""


def _begin(folder: Path, pages: Mapping[str, str]) -> None:
    _here["job"] = (folder, pages)


def _body_here(part: Part) -> Body | str:
    folder, pages = _here["job"]
    return _body(folder, part, pages)


def _body(folder: Path, part: Part, pages: Mapping[str, str]) -> Body | str:
    try:
        return compose(folder, part, pages[part.source.path], pages)
    except ContentError as exc:
        return str(exc)
