"""A WordPress export (WXR): its published posts, one at a time, with the guids its feed gave them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree

from docchat_mailer.content.html_text import markdown_of
from docchat_mailer.errors import ContentError, FileError
from docchat_mailer.model.old_post import OldPost
from docchat_mailer.model.slugs import slugify

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
NEVER = "0000-00-00 00:00:00"


def read_wordpress(file: Path) -> Iterator[OldPost | str]:
    """Every published post of the export *file*, and for each other item a sentence that says why it is none.

    Memory holds one item at a time.  Raises FileError where the file cannot be read, ContentError where it
    is no export.
    """
    try:
        handle = file.open("rb")
    except OSError as exc:
        raise FileError(f"{file} cannot be read", why=str(exc.strerror), fix="correct the path") from exc
    with handle:
        items = etree.iterparse(handle, tag="item", resolve_entities=False, no_network=True, load_dtd=False)
        try:
            found = False
            for _, item in items:
                found = True
                yield _post(f"{file.name}:{item.sourceline}", item)
                item.clear()
        except etree.XMLSyntaxError as exc:
            where = f"{file.name}:{exc.lineno or 1}"
            raise ContentError("the export is no XML", where=where, why=str(exc)) from exc
    if not found:
        fix = "export all content under Tools, Export"
        raise ContentError("this is no WordPress export, or an empty one", where=file.name, fix=fix)


def _post(where: str, item: etree._Element) -> OldPost | str:
    kind, status = _wp(item, "post_type"), _wp(item, "status")
    title = " ".join((item.findtext("title") or "").split())
    if kind != "post" or status != "publish":
        what = " ".join(filter(None, (status, kind))) or "no post"
        return f"{where}: {title or 'an item'!r} is left out: {what}"
    if _wp(item, "post_password"):
        return f"{where}: {title!r} is left out: it asks for a password"
    url, guid = (item.findtext("link") or "").strip(), item.find("guid")
    published = _date(_wp(item, "post_date_gmt"))
    if published is None:
        return f"{where}: {title!r} is left out: it has no date"
    return OldPost(
        where=where,
        title=title,
        slug=slugify(unquote(_wp(item, "post_name"))) or slugify(title) or f"post-{_wp(item, 'post_id')}",
        text=markdown_of(item.findtext(CONTENT) or ""),
        entry_id=(guid.text or "").strip() if guid is not None and guid.text else url,
        permalink=guid is not None and guid.get("isPermaLink", "true") == "true",
        url=url,
        published=published,
        updated=_date(_wp(item, "post_modified_gmt")),
        author=(item.findtext(CREATOR) or "").strip(),
        tags=_tags(item),
        aliases=(f"/{urlsplit(url).path.lstrip('/')}",) if urlsplit(url).path.strip("/") else (),
    )


def _tags(item: etree._Element) -> tuple[str, ...]:
    """Tags and categories alike, but for the category that stands for none."""
    words = (
        " ".join((category.text or "").split())
        for category in item.iterfind("category")
        if category.get("domain") in {"post_tag", "category"} and category.get("nicename") != "uncategorized"
    )
    return tuple(dict.fromkeys(word for word in words if word))


def _wp(item: etree._Element, name: str) -> str:
    """A field of WordPress's own, whatever version of the export format it is in."""
    found = item.find(f"{{*}}{name}")
    return (found.text or "").strip() if found is not None else ""


def _date(text: str) -> datetime | None:
    return None if text in {"", NEVER} else datetime.fromisoformat(text).replace(tzinfo=UTC)
