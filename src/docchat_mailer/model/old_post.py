"""A post of another program, with its text as Markdown and all that readers know it by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OldPost:
    """One published post; *where* is the file, or the file and line, it was read from.

    *series* and *number* are set where the other program knew them.  *url* and *entry_id* are as its feed
    has them; *aliases* are further paths that led to it.
    """

    where: str
    title: str
    slug: str
    text: str
    entry_id: str
    url: str
    published: datetime
    updated: datetime | None = None
    permalink: bool = False
    author: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    series: str = ""
    number: int | None = None
