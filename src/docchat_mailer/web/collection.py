"""What ``public/`` holds, as the database remembers it: which path is which file, and whose bytes they are.

Only publishing writes these files; here they are looked up, and never found by following a path.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from urllib.parse import quote, unquote

import structlog

from docchat_mailer.errors import DocChatError
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
    ".ics": "text/calendar; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".pdf": "application/pdf",
}

PAGE_AGE = 60
"""Seconds a page may be kept; a feed has its own time, so that no part is late in anybody's reader."""

SAFE = "/-._~!$&'()*+,;=:@"
"""What stands in a path as it is (RFC 3986 section 3.3)."""

log = structlog.get_logger("docchat.web")


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One file: *path* is percent-encoded, and *location* where it stands below the folder.

    *sha256* is of its bytes when they were written, *max_age* in seconds.
    """

    path: str
    location: str
    sha256: str
    changed_at: datetime
    type: str
    max_age: int
    feed: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """An address that another has taken the place of, for good (RFC 9110 section 15.4.2).

    *to* is a percent-encoded path of this host, and never another host's address.
    """

    to: str


class Collection:
    """The files below *public*; *prefix* is the path of the site's own address, without a final slash."""

    def __init__(
        self, db: Database, public: Path, prefix: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._db, self._public, self._prefix, self._clock = db, public, prefix, clock
        self._lock, self._looked, self._seen = Lock(), -GLANCE, ""
        self._items: Mapping[str, Item] = {}
        self._moves: Mapping[str, str] = {}

    def find(self, path: str) -> Item | Moved | None:
        """What stands at *path*, decoded, after a look at the database where it is time for one."""
        self.refresh()
        return self.known(path)

    def known(self, path: str) -> Item | Moved | None:
        """What stood at *path* when it was last looked: one look into memory, however much is published."""
        if self._prefix and not path.startswith(f"{self._prefix}/"):
            return Moved(f"{self._prefix}/") if path in {"/", self._prefix} else None
        own = path.removeprefix(self._prefix)
        found = self._items.get(f"{own}{INDEX}" if own.endswith("/") else own)
        if found is not None:
            return found
        if f"{own}/{INDEX}" in self._items:
            return Moved(quote(f"{path}/", safe=SAFE))
        target = self._moves.get(path.rstrip("/"))
        return None if target is None else Moved(target)

    def not_found(self) -> Item | None:
        """The page that says so; None before anything was published."""
        return self._items.get(NOT_FOUND)

    def file(self, item: Item) -> Path:
        """Where *item* stands.

        Raises FileNotFoundError where that is a link out of the folder: such a file is nothing of ours.
        """
        root = os.path.realpath(self._public)
        file = os.path.realpath(os.path.join(root, item.location))  # noqa: PTH118 - compared as text
        if not file.startswith(f"{root}{os.sep}"):
            raise FileNotFoundError(item.location)
        return Path(file)

    @property
    def is_loaded(self) -> bool:
        """Whether it was ever looked."""
        return bool(self._seen)

    @property
    def is_stale(self) -> bool:
        """Whether it is time to look again."""
        return self._clock() - self._looked >= GLANCE

    def refresh(self) -> None:
        """Look whether something was published since, unless somebody just did.

        A database that is away or busy for a moment keeps nobody from reading what was known before.
        """
        with self._lock:
            if not self.is_stale:
                return
            try:
                self._load()
            except DocChatError as exc:
                log.warning("collection_is_old", reason=str(exc))
                if not self._seen:
                    raise
            self._looked = self._clock()

    def _load(self) -> None:
        with self._db.read() as c:
            state = outputs.state_of(c)
            if state == self._seen:
                return
            kept = outputs.outputs(c)
        feeds = media_types()
        shown = [_item(output, feeds) for path, output in kept.items() if path not in HIDDEN]
        self._items = {f"/{item.location}": item for item in shown}
        self._moves = self._read_moves()
        self._seen = state

    def _read_moves(self) -> Mapping[str, str]:
        try:
            lines = (self._public / REDIRECTS_PATH.lstrip("/")).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return {}
        pairs = [words[:2] for line in lines if len(words := line.split()) > 1]
        return {unquote(old).rstrip("/"): new for old, new in pairs if _is_own(new)}


def _is_own(path: str) -> bool:
    """Whether a redirect to *path* stays here: two slashes, of either kind, begin another host's address."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isascii()


def _item(output: outputs.Output, feeds: Mapping[str, str]) -> Item:
    name = output.path.rpartition("/")[2]
    ending = f".{name.rpartition('.')[2].lower()}"
    feed = feeds.get(name) or feeds.get(f"*{_two_endings(name)}")
    return Item(
        path=output.path,
        location=unquote(output.path).lstrip("/"),
        sha256=output.sha256,
        changed_at=output.changed_at,
        type=feed or TYPES.get(ending, "application/octet-stream"),
        max_age=MAX_AGE if feed else PAGE_AGE,
        feed=feed is not None,
    )


def _two_endings(name: str) -> str:
    return "." + ".".join(name.split(".")[1:])
