"""``GET`` of a page, a feed or an image: the file as it was published, or 304 where the asker has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from docchat_mailer.web.collection import Collection, Item, Moved
from docchat_mailer.web.conditions import entity_tag, has_it, http_date, takes_gzip
from docchat_mailer.web.copies import Copies
from docchat_mailer.web.pieces import SLICE, Pieces, sliced

COMPRESSED = frozenset(
    {
        "text/html",
        "text/css",
        "text/plain",
        "text/calendar",
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

THREADS = 4
"""Threads that read files, apart from those that wait for the database."""

LOOK = 0.25
"""Seconds that an answer waits for the database to say what is new; then it is the one known before."""

Answer = TypeVar("Answer")


class PageSender:
    """Answers with what the *collection* holds."""

    def __init__(self, collection: Collection) -> None:
        self._collection, self._copies = collection, Copies()
        self._threads = ThreadPoolExecutor(THREADS, "pages")
        self._looking: asyncio.Future[None] | None = None

    async def __call__(self, request: Request) -> Response:
        """The file, 304, a redirect, or the page that says there is nothing."""
        await self._look()
        found = self._collection.known(request.scope["path"])
        if isinstance(found, Moved):
            query = request.scope["query_string"].decode("latin-1")
            return Response(
                status_code=301, headers={"Location": f"{found.to}?{query}" if query else found.to}
            )
        if found is None:
            return await self._nothing(request)
        packs = found.type.partition(";")[0] in COMPRESSED
        packed = packs and takes_gzip(request.headers)
        headers = _headers(found, packs=packs)
        tag = entity_tag(found.sha256, packed=packed)
        if has_it(request.headers, tag, found.changed_at):
            return Response(status_code=304, headers={**headers, "ETag": tag})
        try:
            return await self._whole(request, found, headers, packs=packs, packed=packed)
        except FileNotFoundError:
            return await self._nothing(request)

    async def _whole(
        self, request: Request, item: Item, headers: dict[str, str], *, packs: bool, packed: bool
    ) -> Response:
        """The file; its tag is of the bytes that are sent, also while it is being published anew."""
        file = await self._aside(lambda: self._collection.file(item))
        if not packs:
            size = (await self._aside(file.stat)).st_size
            headers |= {"ETag": entity_tag(item.sha256, packed=False), "Content-Length": str(size)}
            return _sent(request, self._read(file), headers, item.type)
        copy = await self._aside(lambda: self._copies.of(file, packed=packed))
        headers |= {"ETag": entity_tag(copy.sha256, packed=packed), "Content-Length": str(len(copy.octets))}
        if packed:
            headers["Content-Encoding"] = "gzip"
        if len(copy.octets) <= SLICE:
            return Response(copy.octets, headers=headers, media_type=item.type)
        return _sent(request, sliced(copy.octets), headers, item.type)

    async def _read(self, file: Path) -> AsyncGenerator[bytes]:
        """A file of any size, a piece at a time."""
        opened = await self._aside(lambda: file.open("rb"))
        try:
            while piece := await self._aside(lambda: opened.read(SLICE)):
                yield piece
        finally:
            opened.close()

    async def _nothing(self, request: Request) -> Response:
        item = self._collection.not_found()
        if item is None:
            return PlainTextResponse("There is nothing here.\n", 404, headers=NOT_KEPT)
        try:
            file = self._collection.file(item)
            copy = await self._aside(lambda: self._copies.of(file, packed=False))
        except FileNotFoundError:
            return PlainTextResponse("There is nothing here.\n", 404, headers=NOT_KEPT)
        octets = b"" if request.method == "HEAD" else copy.octets
        headers = {**NOT_KEPT, "Content-Length": str(len(copy.octets))}
        return Response(octets, 404, headers=headers, media_type=item.type)

    async def _look(self) -> None:
        """Learn what is new, once for all who ask at the same time."""
        if self._looking is None and self._collection.is_stale:
            loop = asyncio.get_running_loop()
            self._looking = loop.run_in_executor(self._threads, self._collection.refresh)
        looking = self._looking
        if looking is None:
            return
        wait = LOOK if self._collection.is_loaded else None
        done, _ = await asyncio.wait({looking}, timeout=wait)
        if done:
            if self._looking is looking:
                self._looking = None
            looking.result()

    async def _aside(self, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


NOT_KEPT = {"Cache-Control": "no-cache"}
"""What is not here now may be soon."""


def _headers(item: Item, *, packs: bool) -> dict[str, str]:
    """What a file and the answer that it did not change have in common (RFC 9110 section 15.4.5)."""
    headers = {
        "Cache-Control": f"public, max-age={item.max_age}",
        "Last-Modified": http_date(item.changed_at),
    }
    if packs:
        headers["Vary"] = "Accept-Encoding"
    if item.feed:
        headers["Access-Control-Allow-Origin"] = "*"
    return headers


def _sent(request: Request, pieces: AsyncGenerator[bytes], headers: dict[str, str], kind: str) -> Response:
    """An answer of *pieces*; to HEAD, all of it but those (RFC 9110 section 9.3.2)."""
    if request.method == "HEAD":
        return Response(headers=headers, media_type=kind)
    return Pieces(pieces, headers, kind)
