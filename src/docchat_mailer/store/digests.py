"""Who gets which releases of a period in one letter: readers of the same releases get the same letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    case,
    exists,
    func,
    literal,
    select,
)

from docchat_mailer.model.subscriber import Rhythm
from docchat_mailer.store.audience import getting
from docchat_mailer.store.schema import deliveries, editions, subscribers, subscriptions

MOST = 60
"""Releases of a digest at most: each is a bit of a number that every database knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """A release that a digest may tell of; *tags* are slugs."""

    publication: int
    series: str
    tags: tuple[str, ...]


def anybody(c: Connection, rhythm: Rhythm) -> bool:
    """Whether anybody gets anything in that rhythm."""
    query = select(1).select_from(subscriptions).where(subscriptions.c.rhythm == rhythm).limit(1)
    return c.execute(query).first() is not None


def groups(
    c: Connection, releases: Sequence[Gathered], at: datetime, rhythm: Rhythm
) -> dict[frozenset[int], int]:
    """The different sets of releases that readers get, as publications, and how many get each."""
    mask = _mask(releases, at, rhythm)
    query = select(mask, func.count()).select_from(subscribers).where(mask > 0).group_by(mask)
    return {_chosen(releases, int(row[0])): int(row[1]) for row in c.execute(query)}


def getting_just(
    releases: Sequence[Gathered], chosen: frozenset[int], at: datetime, rhythm: Rhythm
) -> ColumnElement[bool]:
    """The condition on ``subscribers`` for those who get the *chosen* ones of *releases*, and no others."""
    bits = sum(1 << place for place, one in enumerate(releases) if one.publication in chosen)
    return _mask(releases, at, rhythm) == bits


def _mask(releases: Sequence[Gathered], at: datetime, rhythm: Rhythm) -> ColumnElement[int]:
    """A number with a bit for each release that a person gets, and has not had in another letter.

    Raises ValueError for more releases than a number has bits.
    """
    if len(releases) > MOST:
        raise ValueError(f"a digest tells of {MOST} releases at most")
    bits: ColumnElement[int] = literal(0, BigInteger())
    for place, release in enumerate(releases):
        gets = getting(release.series, release.tags, at, rhythm=rhythm) & ~_had(release.publication)
        bits += case((gets, literal(1 << place, BigInteger())), else_=literal(0, BigInteger()))
    return bits


def _had(publication: int) -> ColumnElement[bool]:
    mailed = select(editions.c.id).where(editions.c.publication_id == publication)
    return exists(
        select(1).where(deliveries.c.subscriber_id == subscribers.c.id, deliveries.c.edition_id.in_(mailed))
    )


def _chosen(releases: Sequence[Gathered], bits: int) -> frozenset[int]:
    return frozenset(one.publication for place, one in enumerate(releases) if bits >> place & 1)
