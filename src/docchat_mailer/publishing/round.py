"""One round of publishing: look at the posts, do what is due, bring pages and feeds up to date, go live.

Everything that is done is done because the database and the plan say so; a round that was killed anywhere
is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from docchat_mailer.content.library import read_posts
from docchat_mailer.content.records import FileRecord
from docchat_mailer.publishing.building import BuildReport, build, files_below
from docchat_mailer.publishing.events import Event
from docchat_mailer.publishing.going_live import LiveReport, go_live
from docchat_mailer.publishing.library import known_records, read_library
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.registry import mirror, open_registry, read_registry
from docchat_mailer.publishing.restoring import remembered, restore
from docchat_mailer.publishing.revising import revise
from docchat_mailer.publishing.shelf import Shelf
from docchat_mailer.publishing.stamp import held_stamp, keep_stamp
from docchat_mailer.publishing.stepping import (
    Desk,
    look_again,
    look_again_at,
    open_desk,
    see_desk,
    take_steps,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundReport:
    """What a round did, and the *desk* as it stands after it.

    *homeless* are entry ids whose database record and text are both gone.
    """

    desk: Desk

    events: tuple[Event, ...]
    build: BuildReport
    live: LiveReport
    homeless: tuple[str, ...]


def prepare(press: Press, now: datetime) -> tuple[Desk, tuple[str, ...]]:
    """Read the posts and what has happened, and restore what a lost database has forgotten.

    Returns the desk, and the entry ids whose record and text are both gone.
    """
    shelf = _shelf(press)
    authority, lost = open_registry(press, shelf.publications, now)
    library = read_library(press, shelf.publications)
    desk = open_desk(press, authority, library, shelf, now)
    if not lost:
        return desk, ()
    homeless = restore(desk, lost, now)
    return look_again(desk), tuple(line.entry_id for line in homeless)


def look(press: Press, now: datetime, known: Mapping[str, FileRecord] | None = None) -> Desk:
    """The posts and what has happened, for a question: nothing is written, and nothing restored.

    A file that is as *known* says is not opened; without *known*, the database says what it last was.
    """
    shelf = _shelf(press)
    authority, lost = read_registry(press, shelf.publications, now)
    if known is None:
        with press.db.read() as c:
            known = known_records(c)
    desk = see_desk(press, authority, read_posts(press.posts, press.site.zone, known), shelf)
    return remembered(desk, lost) if lost else desk


def look_at(press: Press, now: datetime, posts: Path) -> Desk:
    """The same question about other *posts*, with the same history."""
    return look(replace(press, posts=posts), now, known={})


def publish_due(press: Press, now: datetime) -> RoundReport:
    """Do everything that is due at *now*."""
    desk, homeless = prepare(press, now)
    events = [*take_steps(desk, now), *revise(desk, now)]
    desk = look_again_at(desk, {event.series for event in events}) if events else desk
    return finish(desk, now, events, homeless)


def finish(
    desk: Desk,
    now: datetime,
    events: list[Event],
    homeless: tuple[str, ...] = (),
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> RoundReport:
    """Mirror the ids, bring the site up to date and see what is live: the end of whatever was published.

    *desk* shows what was published.
    """
    if not homeless:
        mirror(desk.press, desk.authority, desk.shelf.publications)
    built = build(desk, now, progress)
    live = go_live(desk.press, now)
    return RoundReport(desk=desk, events=tuple(events), build=built, live=live, homeless=homeless)


def rebuild(press: Press, now: datetime, progress: Callable[[int, int], None]) -> BuildReport:
    """Pages and feeds from what is published, without doing what is due."""
    stamp = held_stamp(press, now, files_below(press.public))
    if stamp is not None:
        return BuildReport(sheets=stamp.files, rendered=0, written=(), removed=())
    desk, _ = prepare(press, now)
    report = build(desk, now, progress)
    keep_stamp(desk, now, report.sheets)
    return report


def _shelf(press: Press) -> Shelf:
    with press.db.read() as c:
        return Shelf.load(c)
