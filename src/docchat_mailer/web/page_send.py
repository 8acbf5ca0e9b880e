"""``GET`` of a page, a feed or an image: the file as it was published, or 304 where the asker has it."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from threading import Lock

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from docchat_mailer.web.collection import Collection, Item, Moved

COMPRESSED = frozenset(
    {
        "text/html",
        "text/css",
        "text/plain",
        "text/x-opml",
        "application/xml",
        "application/json",
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "image/svg+xml",
    }
)
"""Media types that gzip makes smaller."""

WORTH = 1000
"""Bytes below which compressing gains nothing."""

KEPT = 32 * 1024 * 1024
"""Bytes of compressed files that are kept."""


class PageSender:
    """Answers with what the *collection* holds."""

    def __init__(self, collection: Collection) -> None:
        self._collection, self._packed = collection, _Packed(KEPT)

    async def __call__(self, request: Request) -> Response:
        """The file, 304, a redirect, or the page that says there is nothing."""
        return await asyncio.to_thread(self._answer, request)

    def _answer(self, request: Request) -> Response:
        found = self._collection.find(request.url.path)
        if isinstance(found, Moved):
            return Response(status_code=301, headers={"Location": _onward(found.to, request.url.query)})
        if found is None:
            return self._nothing()
        packs = found.type.partition(";")[0] in COMPRESSED
        wants = packs and _takes_gzip(request.headers.get("accept-encoding", ""))
        headers = _headers(found, packs=packs)
        if _has_it(request.headers, found):
            return Response(status_code=304, headers={**headers, "ETag": _tag(found.sha256, packed=wants)})
        try:
            octets, digest = self._collection.read(found)
        except FileNotFoundError:
            return self._nothing()
        if wants and len(octets) >= WORTH:
            octets = self._packed.of(digest, octets)
            headers |= {"Content-Encoding": "gzip", "ETag": _tag(digest, packed=True)}
        else:
            headers |= {"ETag": _tag(digest, packed=False)}
        return Response(octets, headers=headers, media_type=found.type)

    def _nothing(self) -> Response:
        page = self._collection.not_found()
        if not page:
            return PlainTextResponse("There is nothing here.\n", 404)
        return Response(page, 404, media_type="text/html; charset=utf-8")


def _headers(item: Item, *, packs: bool) -> dict[str, str]:
    headers = {
        "Cache-Control": f"public, max-age={item.max_age}",
        "Last-Modified": format_datetime(item.changed_at.astimezone(UTC), usegmt=True),
    }
    if packs:
        headers["Vary"] = "Accept-Encoding"
    if item.feed:
        headers["Access-Control-Allow-Origin"] = "*"
    return headers


def _tag(digest: str, *, packed: bool) -> str:
    """A strong entity tag; another coding is another representation (RFC 9110 section 8.8.3.3)."""
    return f'"{digest[:32]}-gz"' if packed else f'"{digest[:32]}"'


def _has_it(headers: Mapping[str, str], item: Item) -> bool:
    """Whether the asker has the file as it is (RFC 9110 section 13.2.2: tags before dates)."""
    asked = headers.get("if-none-match")
    if asked is not None:
        mine = {_tag(item.sha256, packed=packed) for packed in (False, True)}
        given = {one.strip().removeprefix("W/") for one in asked.split(",")}
        return "*" in given or not mine.isdisjoint(given)
    since = _date(headers.get("if-modified-since", ""))
    return since is not None and item.changed_at.replace(microsecond=0) <= since


def _date(written: str) -> datetime | None:
    """A date as HTTP writes it (RFC 9110 section 5.6.7); what is none is as if it were not there."""
    try:
        found = parsedate_to_datetime(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _takes_gzip(accepted: str) -> bool:
    """Whether gzip is among what is accepted, and not ruled out by a weight of nothing."""
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() in {"gzip", "x-gzip", "*"}:
            return weight.replace(" ", "").rstrip("0").rstrip(".") != "q="
    return False


def _onward(to: str, query: str) -> str:
    """A path of this host, whatever it begins with, and what was asked with it."""
    path = to if to.startswith(("http://", "https://")) else "/" + to.lstrip("/\\")
    return f"{path}?{query}" if query else path


class _Packed:
    """Compressed files by the digest of what they hold, the latest used of them."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size, self._lock = limit, 0, Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def of(self, digest: str, octets: bytes) -> bytes:
        with self._lock:
            found = self._kept.get(digest)
            if found is not None:
                self._kept.move_to_end(digest)
                return found
        packed = gzip.compress(octets, 6, mtime=0)
        with self._lock:
            if digest not in self._kept:
                self._kept[digest] = packed
                self._size += len(packed)
            while self._size > self._limit and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)
        return packed
