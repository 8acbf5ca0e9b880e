"""The feed of a blog before it came here: RSS 2.0, Atom or JSON Feed, for the ids its readers know."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from lxml import etree

from docchat_mailer.errors import ContentError, FileError
from docchat_mailer.model.old_entry import OldEntry, OldFeed

ATOM = "{http://www.w3.org/2005/Atom}"
LARGEST = 64 * 1024 * 1024
"""Bytes of the largest old feed that is read."""


def read_old_feed(file: Path) -> OldFeed:
    """Every entry of *file*, in its order.

    Raises FileError where it cannot be read, ContentError where it is no feed or an entry has no id.
    """
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise FileError(f"{file} cannot be read", why=str(exc.strerror), fix="correct the path") from exc
    if len(content) > LARGEST:
        raise ContentError(f"the old feed is larger than {LARGEST >> 20} MB", where=file.name)
    return old_feed(file.name, content)


def old_feed(name: str, content: bytes) -> OldFeed:
    """Every entry of a feed's *content*, in its order; *name* is what it is called in errors.

    Raises ContentError where it is no feed or an entry has no id.
    """
    if content.lstrip()[:1] == b"{":
        return _json_feed(name, content)
    return _xml_feed(name, content)


def _json_feed(name: str, content: bytes) -> OldFeed:
    """JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/."""
    try:
        feed = json.loads(content)
        items = feed["items"]
        found = tuple(_json_item(f"{name}: item {number}", item) for number, item in enumerate(items, 1))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise _no_feed(name, f"it is JSON, but no JSON Feed ({exc})") from exc
    return OldFeed(entries=found, url=str(feed.get("feed_url", "")))


def _json_item(where: str, item: dict[str, Any]) -> OldEntry:
    return OldEntry(
        where=where,
        entry_id=str(item["id"]),
        url=str(item.get("url", "")),
        title=_plain(str(item.get("title", ""))),
        published=_iso(where, item.get("date_published")),
        updated=_iso(where, item.get("date_modified")),
    )


def _xml_feed(name: str, content: bytes) -> OldFeed:
    """Nothing outside the file is read: no entity, no document type, no address."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as exc:
        raise _no_feed(f"{name}:{exc.lineno or 1}", str(exc)) from exc
    if root.getroottree().docinfo.internalDTD is not None:
        why = "its entities could read other files"
        raise ContentError(
            "the old feed declares a document type", where=name, why=why, fix="delete <!DOCTYPE ...>"
        )
    if root.tag == f"{ATOM}feed":
        return OldFeed(entries=tuple(_atom_entries(name, root)), url=_atom_link(root, "self"))
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        raise _no_feed(name, f"its root is <{etree.QName(root).localname}>")
    return OldFeed(entries=tuple(_rss_items(name, channel)), url=_atom_link(channel, "self"))


def _atom_entries(name: str, root: etree._Element) -> Iterator[OldEntry]:
    """RFC 4287 section 4.1.2; its ids are IRIs kept to the letter."""
    for entry in root.iterfind(f"{ATOM}entry"):
        where = f"{name}:{entry.sourceline}"
        entry_id = (entry.findtext(f"{ATOM}id") or "").strip()
        if not entry_id:
            raise ContentError("an entry has no id", where=where, fix="give it one in the file")
        updated = _iso(where, entry.findtext(f"{ATOM}updated"))
        yield OldEntry(
            where=where,
            entry_id=entry_id,
            url=_atom_link(entry, "alternate"),
            title=_plain(_text(entry.find(f"{ATOM}title"))),
            published=_iso(where, entry.findtext(f"{ATOM}published")) or updated,
            updated=updated,
        )


def _rss_items(name: str, channel: etree._Element) -> Iterator[OldEntry]:
    """RSS 2.0; an item without a guid is known by its link, and a guid is a permalink unless it says no."""
    for item in channel.iterfind("item"):
        where = f"{name}:{item.sourceline}"
        guid, link = item.find("guid"), (item.findtext("link") or "").strip()
        entry_id = _text(guid).strip() if guid is not None else link
        if not entry_id:
            raise ContentError(
                "an item has neither guid nor link", where=where, fix="give it one in the file"
            )
        said = guid.get("isPermaLink", "true") if guid is not None else "true"
        permalink = said.strip().lower() == "true"
        yield OldEntry(
            where=where,
            entry_id=entry_id,
            permalink=permalink,
            url=link or (entry_id if permalink else ""),
            title=_plain(_text(item.find("title"))),
            published=_rfc822(where, item.findtext("pubDate")),
            updated=_iso(where, item.findtext(f"{ATOM}updated")),
        )


def _atom_link(element: etree._Element, rel: str) -> str:
    links = [link for link in element.iterfind(f"{ATOM}link") if link.get("rel", "alternate") == rel]
    return links[0].get("href", "") if links else ""


def _text(element: etree._Element | None) -> str:
    return "" if element is None else "".join(str(piece) for piece in element.itertext())


def _plain(title: str) -> str:
    return " ".join(html.unescape(title).split())


def _iso(where: str, text: str | None) -> datetime | None:
    """An RFC 3339 date; one without a zone is taken for UTC, as readers do."""
    if not text or not text.strip():
        return None
    try:
        return _aware(datetime.fromisoformat(text.strip()))
    except ValueError as exc:
        raise _no_date(where, text) from exc


def _rfc822(where: str, text: str | None) -> datetime | None:
    if not text or not text.strip():
        return None
    try:
        return _aware(parsedate_to_datetime(text.strip()))
    except (ValueError, IndexError) as exc:
        raise _no_date(where, text) from exc


def _aware(instant: datetime) -> datetime:
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _no_date(where: str, text: str) -> ContentError:
    return ContentError(
        f"{text.strip()!r} is no date", where=where, fix="write it as 2027-03-16T09:00:00Z, or leave it out"
    )


def _no_feed(where: str, why: str) -> ContentError:
    fix = "give the feed itself: save what the old feed's address answers"
    return ContentError("this is no RSS, Atom or JSON feed", where=where, why=why, fix=fix)
