"""What was decided about parts that are not out yet, and the history that planning reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from docchat_mailer.model.planning import History, Hold, PartHistory, Why
from docchat_mailer.model.publication import Kind, Publication
from docchat_mailer.store import meta
from docchat_mailer.store.schema import part_marks
from docchat_mailer.store.upserting import upsert

WHOLE_SERIES = 0
"""The number under which a mark on the whole series stands."""

FIRST_RUN = "first run"


def histories(
    c: Connection, published: Iterable[Publication], series: str | None = None
) -> dict[str, History]:
    """What has happened to every series, or to one, from what is *published* and what was decided.

    *published* holds at least the publications asked about, so that they are read once a round.
    """
    parts: defaultdict[str, dict[int, PartHistory]] = defaultdict(dict)
    for publication in published:
        past = parts[publication.series].get(publication.number)
        parts[publication.series][publication.number] = _with(past, publication)
    held: dict[str, Hold | None] = {}
    marked = select(part_marks)
    for row in c.execute(marked if series is None else marked.where(part_marks.c.series == series)):
        if row.number == WHOLE_SERIES:
            held[row.series] = _hold(row)
        else:
            past = parts[row.series].get(row.number, PartHistory())
            parts[row.series][row.number] = replace(
                past, hold=_hold(row), not_before=row.not_before, announce_skipped=row.announce_skipped
            )
    first = first_run(c)
    slugs = parts.keys() | held.keys()
    return {slug: History(parts=parts.get(slug, {}), hold=held.get(slug), first_run=first) for slug in slugs}


def _with(past: PartHistory | None, publication: Publication) -> PartHistory:
    """The history of a part with one more publication of it."""
    if publication.kind is Kind.RELEASE:
        if past is None:
            return PartHistory(released=publication.published_at, slot=publication.slot)
        return replace(past, released=publication.published_at, slot=publication.slot)
    return replace(past or PartHistory(), announced=publication.published_at)


def _hold(row: Any) -> Hold | None:
    if row.hold is None:
        return None
    return Hold(why=Why(row.hold), since=row.hold_since, detail=row.hold_detail or "")


def first_run(c: Connection) -> datetime | None:
    """When this site first asked for a plan."""
    return meta.get_instant(c, FIRST_RUN)


def set_first_run(c: Connection, instant: datetime) -> None:
    """From now on the site has asked for a plan."""
    meta.put_instant(c, FIRST_RUN, instant)


def set_hold(c: Connection, series: str, number: int | None, hold: Hold) -> None:
    """Hold a part, or with *number* None the whole series."""
    _mark(c, series, number, hold=hold.why, hold_since=hold.since, hold_detail=hold.detail)


def clear_hold(c: Connection, series: str, number: int | None) -> None:
    """Lift the hold on a part, or with *number* None on the whole series."""
    key = (part_marks.c.series == series, part_marks.c.number == (number or WHOLE_SERIES))
    c.execute(update(part_marks).where(*key).values(hold=None, hold_since=None, hold_detail=None))


def set_not_before(c: Connection, series: str, number: int, instant: datetime) -> None:
    """The part takes the first slot after *instant*."""
    _mark(c, series, number, not_before=instant)


def skip_announcement(c: Connection, series: str, number: int) -> None:
    """The part is never announced."""
    _mark(c, series, number, announce_skipped=True)


def rename_series(c: Connection, old: str, new: str) -> None:
    """The folder of a series has another name."""
    c.execute(update(part_marks).where(part_marks.c.series == old).values(series=new))


def _mark(c: Connection, series: str, number: int | None, **values: Any) -> None:
    upsert(c, part_marks, [{"series": series, "number": number or WHOLE_SERIES, **values}])
