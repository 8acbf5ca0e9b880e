"""What the operator decides: hold, resume, approve, publish now, accept a rename."""

from __future__ import annotations

from datetime import datetime

from docchat_mailer.errors import ContentError, UsageError
from docchat_mailer.model.planning import Hold, Why
from docchat_mailer.model.series import Series
from docchat_mailer.publishing.events import Event, EventName
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.stepping import Desk, release
from docchat_mailer.store import marks, publications


def find(desk: Desk, target: str) -> tuple[Series, int | None]:
    """The series, and the part number if one was named, of ``SERIES`` or ``SERIES/PART``.

    Raises UsageError naming what there is.
    """
    slug, _, number = target.partition("/")
    series = next((series for series in desk.library.series if series.slug == slug), None)
    if series is None:
        there = ", ".join(sorted(series.slug for series in desk.library.series)) or "none yet"
        raise UsageError(
            f"there is no series '{slug}'", why=f"the posts have: {there}", fix="name one of them"
        )
    if not number:
        return series, None
    if not number.isdigit():
        raise UsageError(f"'{number}' is not a part number", fix=f"say it as {slug}/2")
    return series, int(number)


def next_number(desk: Desk, series: Series) -> int:
    """The number of the part of *series* that comes next."""
    history = desk.history(series.slug)
    released = [number for number, past in history.parts.items() if past.released is not None]
    return max(released, default=0) + 1


def hold_back(desk: Desk, target: str, now: datetime, detail: str = "") -> Event:
    """Keep a part, or a whole series, from going out until it is resumed."""
    series, number = find(desk, target)
    with desk.press.db.write() as c:
        marks.set_hold(c, series.slug, number, Hold(why=Why.OPERATOR, since=now, detail=detail))
    return Event(at=now, name=EventName.HELD, series=series.slug, number=number or 0, detail=detail)


def let_go(desk: Desk, target: str, now: datetime) -> Event:
    """Lift the hold on a part or a series; what is due then takes the next slot of the cadence."""
    series, number = find(desk, target)
    history = desk.history(series.slug)
    held = [n for n, past in history.parts.items() if past.hold is not None]
    numbers = [number] if number is not None else held
    with desk.press.db.write() as c:
        if number is None:
            marks.clear_hold(c, series.slug, None)
        for each in numbers:
            marks.clear_hold(c, series.slug, each)
            marks.set_not_before(c, series.slug, each, now)
        if number is None and not numbers:
            marks.set_not_before(c, series.slug, next_number(desk, series), now)
    return Event(at=now, name=EventName.RESUMED, series=series.slug, number=number or 0)


def publish_now(desk: Desk, target: str, now: datetime) -> list[Event]:
    """Release the next part of a series at once, whatever its slot; never out of order.

    Raises UsageError for a part that is out or not next, ContentError where there is no text.
    """
    series, named = find(desk, target)
    following = next_number(desk, series)
    number = named if named is not None else following
    if number != following:
        what = "is out already" if number < following else f"waits for part {following}"
        raise UsageError(
            f"{series.slug}/{number} {what}",
            why="parts come out in order",
            fix=f"publish {series.slug}/{following}",
        )
    if series.fault:
        raise ContentError(f"{series.slug} is held", why=series.fault, fix="mend it, then run again")
    if series.part(number) is None:
        raise ContentError(
            f"{series.slug}/{number} is not written", fix=f"add posts/{series.slug}/{number:02}-....md"
        )
    return list(release(desk, series, number, slot=None, now=now))


def approve(desk: Desk, target: str, now: datetime) -> Event:
    """Let a held part take the next slot; a bare series means its next part."""
    series, number = find(desk, target)
    chosen = number if number is not None else next_number(desk, series)
    return let_go(desk, f"{series.slug}/{chosen}", now)


def accept_rename(press: Press, old: str, new: str) -> int:
    """Tell the database that what was *old* in the posts is now *new*; ids and URLs stay.

    Returns how many publications it concerned.
    """
    old_series, _, old_number = old.partition("/")
    new_series, _, new_number = new.partition("/")
    if bool(old_number) != bool(new_number):
        raise UsageError("name two series, or two parts", fix="docchat-mailer rename old/2 new/2")
    with press.db.write() as c:
        known = publications.all_publications(c, old_series)
        if not known:
            raise UsageError(f"nothing of '{old_series}' is published", fix="see `docchat-mailer status`")
        if not old_number:
            publications.rename_series(c, old_series, new_series)
            marks.rename_series(c, old_series, new_series)
            return len(known)
        publications.rename_part(c, old_series, int(old_number), new_series, int(new_number))
        return sum(p.number == int(old_number) for p in known)
