"""The watch: whether anything can have changed since the worker last looked, asked cheaply every few seconds.

It lives in memory and decides nothing about what is due: it only spares a look that would find nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from docchat_mailer.publishing.digesting import next_digest
from docchat_mailer.publishing.stamp import posts_seen
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.publishing.telling import next_telling
from docchat_mailer.rules.planning import next_wake
from docchat_mailer.store import batches, canaries, editions, publications
from docchat_mailer.worker.crew import Crew

LONGEST = timedelta(minutes=5)
"""A whole look is taken at least so often, whatever seems unchanged: someone may have emptied ``public/``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What a worker sees before it looks closely: the state of the database, and of every post's file."""

    database: int
    posts: int


class Watch:
    """What was seen before the last whole look, and until when that look holds."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._seen: Sight | None = None
        self._from = self._until = datetime.max.replace(tzinfo=UTC)

    def sight(self) -> Sight:
        """What is to be seen now; taken before a look, so that a change during the look is not missed."""
        press = self._crew.press
        return Sight(database=press.db.changes(), posts=hash(tuple(posts_seen(press.posts))))

    def holds(self, sight: Sight, now: datetime) -> bool:
        """Whether a look at *now* would find what the last one found, and nothing new would be due."""
        return sight == self._seen and self._from <= now < self._until

    def looked(self, sight: Sight, desk: Desk, now: datetime) -> None:
        """A whole look was taken at *now*, with *sight* before it and *desk* after it."""
        with self._crew.press.db.read() as c:
            restless = bool(
                publications.not_live(c) or batches.ready(c, now, limit=1) or canaries.to_judge(c, now)
            )
        following = next_instant(self._crew, desk, now)
        self._seen = None if restless else sight
        self._from, self._until = now, min(now + LONGEST, following or now + LONGEST)


def next_instant(crew: Crew, desk: Desk, now: datetime) -> datetime | None:
    """The next instant at which anything could happen.

    It may be a step, a promise falling due, a letter to retry, or the end of a grace.
    """
    grace = crew.mailing.grace
    with crew.press.db.read() as c:
        others = [publications.next_promise_due(c, after=now), batches.next_due(c, now)]
        live = editions.next_live(c, now - grace)
    others.append(live + grace if live is not None else None)
    others += [next_digest(crew.press, now), next_telling(crew.press, now)]
    steps = [next_wake(series, desk.history(series.slug), now) for series in desk.library.series]
    return min(
        (instant for instant in (*steps, *others) if instant is not None and instant > now), default=None
    )
