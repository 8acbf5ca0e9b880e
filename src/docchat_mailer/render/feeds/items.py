"""An entry made ready for a feed: cleaned text and absolute addresses, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from docchat_mailer.model.instants import whole_second
from docchat_mailer.model.slugs import slugify
from docchat_mailer.render.entries import EntryWriter
from docchat_mailer.render.feeds.addresses import ascii_url, site_url
from docchat_mailer.render.feeds.characters import clean
from docchat_mailer.render.views import Entry
from docchat_mailer.render.words import words

TITLE_LENGTH = 80
SUMMARY_LENGTH = 280


@dataclass(frozen=True, kw_only=True, slots=True)
class Category:
    """A word an item is filed under: *term* is unique below *scheme* (RFC 4287 section 4.2.2)."""

    term: str
    scheme: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A picture or an enclosure: absolute URL, media type, length in bytes; pixels where it is a picture."""

    url: str
    type: str
    length: int
    width: int = 0
    height: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What every format says of one entry; *language* is empty where it is the feed's."""

    id: str
    permalink: bool
    url: str
    title: str
    summary: str
    html: str
    author: str
    language: str
    published: datetime
    updated: datetime
    tags: tuple[str, ...]
    categories: tuple[Category, ...]
    picture: File | None
    enclosure: File | None
    series: str = ""
    series_url: str = ""
    part: int = 0


def item(writer: EntryWriter, base_url: str, entry: Entry, feed_language: str) -> Item:
    """The item of *entry* in a feed written in *feed_language*; *base_url* is ASCII, without final slash."""
    published = whole_second(entry.published)
    title = _one_line(entry.title) or shortened(clean(entry.text), TITLE_LENGTH) or entry.path
    return Item(
        id=clean(entry.id),
        permalink=entry.permalink,
        url=ascii_url(base_url + entry.path),
        title=title,
        summary=_one_line(entry.summary) or shortened(clean(entry.text), SUMMARY_LENGTH) or title,
        html=clean(writer.html(entry, base_url)),
        author=_one_line(entry.author),
        language="" if entry.language == feed_language else entry.language,
        published=published,
        updated=max(published, whole_second(entry.updated)),
        tags=tuple(sorted({_one_line(tag) for tag in entry.tags})),
        categories=_categories(entry, base_url),
        picture=_picture(entry, base_url),
        enclosure=_enclosure(entry, base_url),
        series=_one_line(entry.series.title) if entry.series else "",
        series_url=site_url(base_url, entry.series.path) if entry.series else "",
        part=entry.number if entry.series else 0,
    )


def shortened(text: str, length: int) -> str:
    """The first words of *text*, at most *length* characters, with an ellipsis where more follows."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0] + "…"


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _categories(entry: Entry, base_url: str) -> tuple[Category, ...]:
    made = {
        Category(term=slugify(tag) or label, scheme=site_url(base_url, "/t/"), label=label)
        for tag in entry.tags
        if (label := _one_line(tag))
    }
    if entry.series is not None:
        part = words(entry.language)["part"].format(n=entry.number)
        made.add(
            Category(
                term=f"part-{entry.number}",
                scheme=site_url(base_url, entry.series.path),
                label=f"{_one_line(entry.series.title)}, {part}",
            )
        )
    return tuple(sorted(made, key=lambda category: (category.scheme, category.term, category.label)))


def _picture(entry: Entry, base_url: str) -> File | None:
    picture = entry.picture
    if picture is None:
        return None
    return File(
        url=site_url(base_url, picture.url),
        type=picture.type,
        length=picture.length,
        width=picture.width,
        height=picture.height,
    )


def _enclosure(entry: Entry, base_url: str) -> File | None:
    if entry.enclosure is None:
        return None
    return File(
        url=site_url(base_url, entry.enclosure.url), type=entry.enclosure.type, length=entry.enclosure.length
    )
