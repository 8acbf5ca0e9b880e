"""What was made public: publications, their revisions, their promises, and the editions mailed of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docchat_mailer.model.series import Enclosure


class Kind(StrEnum):
    """What a publication is."""

    RELEASE = "release"  # carries a part
    ANNOUNCEMENT = "announcement"  # tells readers of a coming part
    NOTICE = "notice"  # answers one reader; it has no page and no entry, and its series is its name
    DIGEST = "digest"  # gathers the releases of a period; it has no page and no entry either

    @property
    def has_entry(self) -> bool:
        """Whether it is an entry in feeds, and has a page."""
        return self in {Kind.RELEASE, Kind.ANNOUNCEMENT}


class Change(StrEnum):
    """The class of a revision: what kind of change it is over the one before."""

    FIRST = "first"  # the publication itself
    MINOR = "minor"  # an edit; nobody's feed reader is told
    MATERIAL = "material"  # moves ``updated``


class PromiseState(StrEnum):
    """How a promise stands at an instant."""

    OPEN = "open"
    PARTLY_KEPT = "partly kept"
    KEPT = "kept"
    OVERDUE = "overdue"


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A lead image as published: its site URL, alternative text, size in pixels, bytes and media type."""

    url: str
    alt: str
    width: int
    height: int
    length: int
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """A topic a publication promised, with its due date as it stood at release.

    *kept_by* is the publication that fulfilled it and *kept_at* when; ``due`` is None while no slot is known.
    """

    topic: str
    part: int | None
    due: datetime | None
    kept_by: int | None = None
    kept_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RevisionHead:
    """A revision without its texts: what lists, maps and digests need.

    *content_hash* is SHA-256 over everything readers see, as 64 hex digits; *source_digest* is that of the
    file, empty where it was made from the outline.
    """

    number: int
    title: str
    bare_title: str
    summary: str
    language: str
    author: str
    tags: tuple[str, ...]
    picture: Picture | None
    enclosure: Enclosure | None
    content_hash: str
    source_digest: str
    change: Change
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision(RevisionHead):
    """What a publication says at one time; append-only, so pages and feeds can be rebuilt without the file.

    *html* is sanitised and written for any address of the site: its internal URLs begin with
    :data:`SITE_ROOT`, which the page, the feed and the letter replace by the real one.
    """

    html: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """One thing made public: one entry in every feed, one page, one entry id for ever.

    *path* is the page's path below the site's base URL (``/s/therapeutic-massage/benefits/``), empty for a
    kind that has none.
    *slot* is the planned instant it came out for (None for what was adopted).
    *permalink* is RSS's ``isPermaLink`` as it came with an adopted entry id.
    """

    id: int
    series: str
    number: int
    kind: Kind
    slug: str
    entry_id: str
    path: str
    published_at: datetime
    updated_at: datetime
    slot: datetime | None = None
    live_at: datetime | None = None
    permalink: bool = False
    aliases: tuple[str, ...] = ()
    revision: int = 1
    promises: tuple[Promise, ...] = ()


class EditionState(StrEnum):
    """What the operator decided about an edition; sending and sent are computed from its deliveries."""

    PREPARED = "prepared"
    PAUSED = "paused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """One mailing of one revision to one audience; *candidates* is frozen at *prepared_at*.

    *reason* says why it is paused, and is empty where it is not.  A *standing* one is a notice's: its
    audience is never frozen, and grows by one reader for each occasion.
    """

    id: int
    publication: int
    revision: int
    audience: str
    state: EditionState
    prepared_at: datetime | None
    candidates: int
    reason: str = ""
    standing: bool = False


SITE_ROOT = "https://docchat-site.invalid"
"""Stands for the site's base URL in stored HTML (``.invalid`` is reserved, RFC 6761 section 6.4)."""

FOLLOWERS = "followers"
"""The usual audience: everyone who follows the site, the series or one of its tags, each person once."""
