"""The front matter of a post: one part of a series, or a post of its own."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from docchat_mailer.content import moments
from docchat_mailer.content.fields import Fields
from docchat_mailer.content.frontmatter import read_front_matter
from docchat_mailer.content.names import is_slug, numbered
from docchat_mailer.content.reading import FileText
from docchat_mailer.content.series_file import language
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Enclosure, Image, Part, Source, Topic
from docchat_mailer.model.slugs import slugify

FRONT_MATTER_KEYS: Mapping[str, str] = {
    "title": "the bare title; the one key that must be there",
    "part": "the number, where the file name has none; it may not say another one",
    "slug": "the last word of its address; the file's name where missing",
    "summary": "a sentence or two for lists, feeds and letters; the first words where missing",
    "tags": "tags beside those of the series",
    "stay_tuned": "a topic to come, a list of them, or {topic, part}",
    "publish": "when it comes out, in place of its slot: a day, or a time with an offset",
    "date": "when a post of its own comes out, or came out where it is adopted",
    "updated": "when it last changed so much that readers should notice",
    "author": "who wrote it",
    "language": "its language (BCP 47)",
    "image": "the lead image: {src, alt}",
    "enclosure": "a file that goes with it: {url, length, type}",
    "entry_id": "the entry id it came with from another program, kept to the letter",
    "aliases": "paths it was known under before",
    "draft": "true: it is not there yet",
}
"""The keys of a post's front matter, each explained in a line."""

_ENTRY_ID = re.compile(r"[^\s<>\"\x7f]{1,500}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class PostFile:
    """What one post's file says; *date* is its ``publish`` or ``date``, *part* None where it is unusable."""

    part: Part | None
    date: datetime | None = None
    findings: tuple[Finding, ...] = ()


def read_post(text: FileText, path: str, series: str, zone: ZoneInfo) -> PostFile:
    """The part of a file at *path*; an empty *series* makes it a post of its own."""
    source = Source(path=path)
    if text.findings:
        return PostFile(part=None, findings=text.findings)
    document = read_front_matter(text.text, source)
    found: list[Finding] = list(document.findings)
    if found and not document.values:
        return PostFile(part=None, findings=tuple(found))
    fields = Fields(document, path, found)
    fields.known(FRONT_MATTER_KEYS)
    number, slug = _number_and_slug(fields, posixpath.basename(path), lone=not series)
    publish, day = moments.instant(fields, "publish", zone), moments.instant(fields, "date", zone)
    date = publish if publish is not None else day
    part = Part(
        series=series or slug,
        number=number,
        slug=slug,
        title=fields.text("title", required=True),
        source=source,
        digest=text.digest,
        summary=fields.text("summary"),
        tags=fields.texts("tags"),
        topics=_topics(fields),
        publish=date if series else None,
        updated=moments.instant(fields, "updated", zone),
        author=fields.text("author"),
        language=language(fields),
        image=_image(fields),
        enclosure=_enclosure(fields),
        entry_id=_entry_id(fields),
        aliases=_aliases(fields),
        draft=fields.switch("draft", default=False),
    )
    if not series and date is None and not {"date", "publish"} & fields.values.keys():
        fields.fault("C138", "date", "a post of its own has no 'date'")
    return PostFile(part=part, date=date, findings=tuple(found))


def _number_and_slug(fields: Fields, name: str, *, lone: bool) -> tuple[int, str]:
    said = numbered(name) if not lone else None
    slug = fields.text("slug") or (said.slug if said else name.removesuffix(".md"))
    if not is_slug(slug):
        near = slugify(slug)
        where = "slug" if "slug" in fields.values else ()
        fields.fault("C107", where, f"the slug {slug!r} cannot be used", f"name it {near!r}" if near else "")
        slug = near or "post"
    if lone:
        return 1, slug
    number = said.number if said else 0
    named = fields.number("part")
    if number < 1:
        fields.fault("C119", (), f"the number in {name!r} is 0", "count parts from 01")
    elif named is not None and named != number:
        what = f"the file name says part {number}, the front matter part {named}"
        fields.fault("C132", "part", what)
    return number, slug


def _topics(fields: Fields) -> tuple[Topic, ...]:
    value = fields.values.get("stay_tuned")
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    topics = []
    for index, item in enumerate(items):
        holder = {"topic": item} if not isinstance(item, dict) else item
        way = ("stay_tuned", index) if isinstance(value, list) else ("stay_tuned",)
        one = fields.below(way, holder)
        one.known(("topic", "part"))
        text = one.text("topic", required=True)
        if text:
            topics.append(Topic(text=text, part=one.number("part")))
    return tuple(topics)


def _image(fields: Fields) -> Image | None:
    if isinstance(fields.values.get("image"), str):
        src = fields.text("image")
        fix = f'write image: {{src: "{src}", alt: "what it shows"}}'
        fields.fault("C201", "image", f"the image {src!r} has no alternative text", fix)
        return Image(src=src, alt="") if src else None
    table = fields.table("image")
    if table is None:
        return None
    table.known(("src", "alt"))
    src, alt = table.text("src", required=True), table.text("alt")
    if src and not alt:
        table.fault("C201", "alt", f"the image {src!r} has no alternative text")
    return Image(src=src, alt=alt) if src else None


def _enclosure(fields: Fields) -> Enclosure | None:
    table = fields.table("enclosure")
    if table is None:
        return None
    table.known(("url", "length", "type"))
    url, kind = table.text("url", required=True), table.text("type", required=True)
    length = table.number("length", most=10**12)
    if url and urlsplit(url).scheme not in ("http", "https"):
        table.fault("C119", "url", f"{url!r} is not a whole address", "begin it with https://")
        return None
    if kind and _MEDIA_TYPE.fullmatch(kind) is None:
        table.fault("C119", "type", f"{kind!r} is no media type", 'write one such as "audio/mpeg"')
        return None
    if length is None and "length" not in table.values:
        table.fault("C117", "length", "'length' is missing", "add the length of the file in bytes")
    return Enclosure(url=url, length=length, type=kind) if url and kind and length else None


def _entry_id(fields: Fields) -> str | None:
    text = fields.text("entry_id")
    if text and _ENTRY_ID.fullmatch(text) is None:
        fields.fault("C119", "entry_id", f"{text!r} is no entry id", "copy it as it stands in the old feed")
        return None
    return text or None


def _aliases(fields: Fields) -> tuple[str, ...]:
    usable = []
    for index, path in enumerate(fields.texts("aliases")):
        if _is_plain_path(path):
            usable.append(path)
        else:
            what = f"the alias {path!r} is no path inside the site"
            fields.fault("C119", ("aliases", index), what, "write it as /old/path/")
    return tuple(usable)


def _is_plain_path(path: str) -> bool:
    plain = unquote(path)
    steps = plain.split("/")
    return plain.startswith("/") and not plain.startswith("//") and ".." not in steps and "\\" not in plain
