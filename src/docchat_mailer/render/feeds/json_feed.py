"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), with its keys always in the same order."""

from __future__ import annotations

import json
from collections.abc import Mapping

from docchat_mailer.render.feeds.heads import PROGRAM_URI, Head
from docchat_mailer.render.feeds.items import Item

CLOSING = b"]}"
VERSION = "https://jsonfeed.org/version/1.1"


def json_head(head: Head) -> bytes:
    """The feed without items.

    ``feed_url`` identifies the feed, so it is the current document's in archives too; ``next_url`` leads to
    the older ones.
    """
    facts: dict[str, object] = {
        "version": VERSION,
        "title": head.title,
        "home_page_url": head.page,
        "feed_url": head.current,
        "description": head.subtitle,
        "next_url": head.older,
        "icon": head.icon,
        "favicon": head.icon,
        "authors": [{"name": head.author}] if head.author else [],
        "language": head.language,
        "hubs": [{"type": "WebSub", "url": head.hub}] if head.hub else [],
        "_docchat": {"about": PROGRAM_URI, "id": head.id, "updated": head.updated.isoformat()},
    }
    return _written({**_present(facts), "items": []})


def json_fragment(item: Item) -> bytes:
    """One item."""
    facts: dict[str, object] = {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "summary": item.summary,
        "image": item.picture.url if item.picture else "",
        "date_published": item.published.isoformat(),
        "date_modified": item.updated.isoformat(),
        "authors": [{"name": item.author}] if item.author else [],
        "tags": list(item.tags),
        "language": item.language,
        "attachments": _attachments(item),
        "_docchat": _own(item),
    }
    return _written(_present(facts))


def _attachments(item: Item) -> list[Mapping[str, object]]:
    file = item.enclosure
    if file is None:
        return []
    return [{"url": file.url, "mime_type": file.type, "size_in_bytes": file.length}]


def _own(item: Item) -> Mapping[str, object]:
    if not item.series:
        return {}
    return {"about": PROGRAM_URI, "series": item.series, "series_url": item.series_url, "part": item.part}


def _present(facts: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in facts.items() if value}


def _written(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
