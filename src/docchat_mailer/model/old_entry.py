"""What another program published before: an entry of the old feed, or a line of a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OldEntry:
    """One entry as readers know it; *where* is the ``file:line`` it was read from.

    *permalink* is RSS's ``isPermaLink``.  *url* is its page as the feed says, *source* the post it belongs
    to where the operator has said so (a path below ``posts/``); both may be empty.
    """

    where: str
    entry_id: str
    permalink: bool = False
    url: str = ""
    title: str = ""
    source: str = ""
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OldFeed:
    """The entries of an old feed and the address it had, if it said so."""

    entries: tuple[OldEntry, ...]
    url: str = ""
