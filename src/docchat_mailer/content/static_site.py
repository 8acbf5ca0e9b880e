"""The posts of a Hugo or Jekyll folder, with the addresses and ids those programs gave them by default."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from docchat_mailer.errors import FileError
from docchat_mailer.model.instants import utc
from docchat_mailer.model.old_post import OldPost
from docchat_mailer.model.slugs import slugify

_DATED = re.compile(r"(\d{4})-(\d{2})-(\d{2})-(.+)\.(?:md|markdown)")
_MATTER = re.compile(r"\A(---|\+\+\+)\s*\n(.*?)\n\1\s*(?:\n|\Z)", re.DOTALL)
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, UnicodeDecodeError, yaml.YAMLError)

Address = Callable[[Path, Mapping[str, Any], datetime, str], str]
"""From a file below the content, its front matter, date and slug to its old path."""


def read_hugo(folder: Path, base_url: str, zone: ZoneInfo) -> Iterator[OldPost | str]:
    """Every published post below ``content/`` of the Hugo site in *folder*; a guid was the page's address."""
    content = folder / "content" if (folder / "content").is_dir() else folder
    yield from _posts(_Site(content=content, base_url=base_url, zone=zone, address=_hugo_path, tail=""))


def read_jekyll(folder: Path, base_url: str, zone: ZoneInfo) -> Iterator[OldPost | str]:
    """Every post below ``_posts/`` of the Jekyll site in *folder*; an id was the address, less ``.html``."""
    content = folder / "_posts" if (folder / "_posts").is_dir() else folder
    yield from _posts(
        _Site(content=content, base_url=base_url, zone=zone, address=_jekyll_path, tail=".html")
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Site:
    """Where an old site's posts are, and how it made addresses: an id lacks the *tail* of its address."""

    content: Path
    base_url: str
    zone: ZoneInfo
    address: Address
    tail: str


def _posts(site: _Site) -> Iterator[OldPost | str]:
    if not site.content.is_dir():
        raise FileError(f"there is no folder {site.content}", fix="name the folder of the old site")
    for file in sorted([*site.content.rglob("*.md"), *site.content.rglob("*.markdown")]):
        if file.name.startswith("_index."):
            continue
        try:
            yield _post(site, file)
        except _BROKEN as exc:
            why = " ".join(str(exc).split())[:120]
            yield f"{file.relative_to(site.content)}:1: left out: its front matter cannot be read - {why}"


def _post(site: _Site, file: Path) -> OldPost | str:
    where = f"{file.relative_to(site.content)}:1"
    matter, text = _split(file.read_text(encoding="utf-8"))
    if matter.get("draft") or matter.get("published") is False:
        return f"{where}: left out: it is a draft"
    dated = _DATED.fullmatch(file.name)
    published = _instant(matter.get("date"), site.zone) or (_day(dated, site.zone) if dated else None)
    if published is None:
        return f"{where}: left out: it has no date"
    stem = dated[4] if dated else file.parent.name if file.stem == "index" else file.stem
    slug = slugify(str(matter.get("slug") or stem)) or "post"
    path = site.address(file.relative_to(site.content), matter, published.astimezone(site.zone), slug)
    return OldPost(
        where=where,
        title=str(matter.get("title") or slug.replace("-", " ").capitalize()),
        slug=slug,
        text=text.strip() + "\n",
        entry_id=site.base_url + (path.removesuffix(site.tail) if site.tail else path),
        permalink=not site.tail,
        url=site.base_url + path,
        published=published,
        updated=_instant(matter.get("lastmod") or matter.get("last_modified_at"), site.zone),
        author=str(matter.get("author") or ""),
        summary=str(matter.get("description") or matter.get("summary") or ""),
        tags=tuple(dict.fromkeys([*_words(matter.get("categories")), *_words(matter.get("tags"))])),
        aliases=(path, *_words(matter.get("aliases")), *_words(matter.get("redirect_from"))),
        series=next(iter(_words(matter.get("series"))), ""),
        number=matter["weight"] if isinstance(matter.get("weight"), int) else None,
    )


def _split(text: str) -> tuple[dict[str, Any], str]:
    """Front matter, YAML or TOML, and the text below it."""
    found = _MATTER.match(text)
    if found is None:
        return {}, text
    values = tomllib.loads(found[2]) if found[1] == "+++" else yaml.safe_load(found[2])
    return dict(values or {}), text[found.end() :]


def _hugo_path(file: Path, matter: Mapping[str, Any], _published: datetime, slug: str) -> str:
    if matter.get("url"):
        return str(matter["url"])
    folder = file.parent.parent if file.stem == "index" else file.parent
    return "/" + "/".join((*folder.parts, slug)) + "/"


def _jekyll_path(_file: Path, matter: Mapping[str, Any], published: datetime, slug: str) -> str:
    """``permalink: date``, which is Jekyll's default, or the post's own."""
    if matter.get("permalink"):
        return str(matter["permalink"])
    categories = [slugify(word) for word in _words(matter.get("categories"))]
    return "/" + "/".join((*categories, f"{published:%Y/%m/%d}", f"{slug}.html"))


def _words(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)


def _instant(value: Any, zone: ZoneInfo) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace(" +", "+"))
    return utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _day(dated: re.Match[str], zone: ZoneInfo) -> datetime:
    return utc(datetime(int(dated[1]), int(dated[2]), int(dated[3]), tzinfo=zone))
