"""What ``public/`` holds, as the database remembers it: which path is which file, and whose bytes they are.

Only publishing writes these files; here they are looked up, and never found by following a path.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from docchat_mailer.render.hosting import (
    HEADERS_PATH,
    HTACCESS_PATH,
    MAX_AGE,
    REDIRECTS_PATH,
    media_types,
)
from docchat_mailer.store import outputs
from docchat_mailer.store.database import Database

HIDDEN = frozenset({HEADERS_PATH, HTACCESS_PATH, REDIRECTS_PATH})
"""Files for hosts that read them; none of them is a page."""

INDEX = "index.html"
NOT_FOUND = "/404.html"

GLANCE = 1.0
"""Seconds between two looks whether something was published."""

TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/json",
    ".opml": "text/x-opml; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".pdf": "application/pdf",
}

PAGE_AGE = 60
"""Seconds a page may be kept; a feed has its own time, so that no part is late in anybody's reader."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One file: *sha256* is of its bytes when they were written, and *max_age* seconds."""

    path: str
    sha256: str
    changed_at: datetime
    type: str
    max_age: int
    feed: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """An address that another has taken the place of, for good (RFC 9110 section 15.4.2)."""

    to: str


class Collection:
    """The files below *public*; *prefix* is the path of the site's own address, without a final slash."""

    def __init__(
        self, db: Database, public: Path, prefix: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._db, self._public, self._prefix, self._clock = db, public, prefix, clock
        self._lock, self._looked, self._seen = Lock(), -GLANCE, -1
        self._items: Mapping[str, Item] = {}
        self._moves: Mapping[str, str] = {}

    def find(self, path: str) -> Item | Moved | None:
        """What stands at *path*, decoded, in constant work."""
        self._glance()
        if self._prefix and not path.startswith(f"{self._prefix}/"):
            return Moved(f"{self._prefix}/") if path in {"/", self._prefix} else None
        own = path.removeprefix(self._prefix)
        found = self._items.get(f"{own}{INDEX}" if own.endswith("/") else own)
        if found is not None:
            return found
        if f"{own}/{INDEX}" in self._items:
            return Moved(f"{path}/")
        target = self._moves.get(path.rstrip("/"))
        return None if target is None else Moved(target)

    def not_found(self) -> bytes:
        """The page that says so, empty before anything was published."""
        item = self._items.get(NOT_FOUND)
        return b"" if item is None else self.read(item)[0]

    def read(self, item: Item) -> tuple[bytes, str]:
        """The bytes of *item* and their digest, which is another one while it is being published anew."""
        octets = (self._public / item.path.lstrip("/")).read_bytes()
        return octets, hashlib.sha256(octets).hexdigest()

    def _glance(self) -> None:
        """Look at the database again where it was written to since, at most once a second."""
        if self._clock() - self._looked < GLANCE:
            return
        with self._lock:
            if self._clock() - self._looked < GLANCE:
                return
            changes = self._db.changes()
            if changes != self._seen:
                self._load()
                self._seen = changes
            self._looked = self._clock()

    def _load(self) -> None:
        with self._db.read() as c:
            kept = outputs.outputs(c)
        feeds = media_types()
        self._items = {path: _item(output, feeds) for path, output in kept.items() if path not in HIDDEN}
        self._moves = self._read_moves()

    def _read_moves(self) -> Mapping[str, str]:
        try:
            lines = (self._public / REDIRECTS_PATH.lstrip("/")).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        pairs = (line.split()[:2] for line in lines if line.strip())
        return {_plain(old): new for old, new in pairs}


def _plain(path: str) -> str:
    from urllib.parse import unquote  # noqa: PLC0415 - only where a site has old addresses

    return unquote(path).rstrip("/")


def _item(output: outputs.Output, feeds: Mapping[str, str]) -> Item:
    name = output.path.rpartition("/")[2]
    ending = f".{name.rpartition('.')[2].lower()}"
    feed = feeds.get(name) or feeds.get(f"*{_two_endings(name)}")
    return Item(
        path=output.path,
        sha256=output.sha256,
        changed_at=output.changed_at,
        type=feed or TYPES.get(ending, "application/octet-stream"),
        max_age=MAX_AGE if feed else PAGE_AGE,
        feed=feed is not None,
    )


def _two_endings(name: str) -> str:
    return "." + ".".join(name.split(".")[1:])
