"""Series and parts as the folder tells them: what is written, and what is promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.model.cadence import Cadence, Lead, Misfire


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where something was read: a path relative to the content folder, and a line (from 1)."""

    path: str
    line: int = 1

    def __str__(self) -> str:
        """``path:line``."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """One thing a part says to stay tuned for; *part* is the number it will come as, where named."""

    text: str
    part: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A lead image as written: a path relative to the post (or an https URL), and its alternative text."""

    src: str
    alt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosure:
    """A file that goes with a part (RSS 2.0 ``enclosure``): URL, length in bytes, media type."""

    url: str
    length: int
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Promised:
    """A part of the outline: promised, but perhaps not written yet."""

    number: int
    title: str
    summary: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One numbered piece of a series, as its front matter says; the text itself stays in the file.

    *title* is bare ("Potential Health Benefits"); the composed one belongs to the publication.
    *digest* is the SHA-256 of the file's bytes, as 64 hex digits.
    """

    series: str
    number: int
    slug: str
    title: str
    source: Source
    digest: str
    summary: str = ""
    tags: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    publish: datetime | None = None
    updated: datetime | None = None
    author: str = ""
    language: str = ""
    image: Image | None = None
    enclosure: Enclosure | None = None
    entry_id: str | None = None
    aliases: tuple[str, ...] = ()
    draft: bool = False

    @property
    def key(self) -> str:
        """What the database knows this part by: ``series/number``."""
        return part_key(self.series, self.number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """A folder of parts; a post outside any folder is a series of one, with *lone* set.

    *parts* are ordered by number and hold no drafts.  *fault* says why nothing of the series may be
    published now (a gap, a double number); it holds this series and no other.
    """

    slug: str
    title: str
    source: Source
    start: datetime | None
    cadence: Cadence | None
    summary: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    language: str = ""
    part_title: str = ""
    announce: Lead | None = None
    misfire: Misfire = Misfire.SEND
    max_lateness: timedelta = timedelta(hours=12)
    outline: tuple[Promised, ...] = ()
    feeds: bool = True
    lone: bool = False
    parts: tuple[Part, ...] = ()
    fault: str = ""

    def part(self, number: int) -> Part | None:
        """The written part of that *number*, if there is one."""
        if 0 < number <= len(self.parts) and self.parts[number - 1].number == number:
            return self.parts[number - 1]  # without gaps it stands at its place; planning asks very often
        return next((part for part in self.parts if part.number == number), None)

    def promised(self, number: int) -> Promised | None:
        """What the outline says of that *number*, if anything."""
        return next((item for item in self.outline if item.number == number), None)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every number that is written or promised, in order."""
        return tuple(sorted({p.number for p in self.parts} | {o.number for o in self.outline}))

    @property
    def last_number(self) -> int:
        """The highest number that is written or promised; 0 for a series without any."""
        written = self.parts[-1].number if self.parts else 0
        return max((written, *(item.number for item in self.outline)))

    @property
    def total(self) -> int | None:
        """M of "part N of M": known where there is an outline, else None."""
        return self.last_number if self.outline else None


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesFacts:
    """What pages say of a series, remembered so that they can be rebuilt when its folder is gone."""

    slug: str
    title: str
    summary: str
    language: str
    tags: tuple[str, ...]
    total: int | None
    feeds: bool
    lone: bool


def part_key(series: str, number: int) -> str:
    """``series/number``: the name of a part in the database, the identity file and the command line."""
    return f"{series}/{number}"
