"""The stamp of a build: from what it was made, and until when; while it holds, there is nothing to build."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import msgspec

from docchat_mailer.publishing.building import DEPLOY_OWED
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.rules.planning import next_wake
from docchat_mailer.store import meta, outputs
from docchat_mailer.store.changes import state_of

STAMP = "build stamp"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """A build of *files* files, made at *since* from what *digest* stands for, right before *until*."""

    digest: str
    since: datetime
    until: datetime | None
    files: int


def held_stamp(press: Press, now: datetime, there: set[str]) -> Stamp | None:
    """The stamp of the last build, if at *now* a build would find nothing to do; *there* are the files."""
    with press.db.read() as c:
        packed = meta.get(c, STAMP)
        if packed is None or meta.get(c, DEPLOY_OWED) is not None:
            return None
        stamp = msgspec.json.decode(packed, type=Stamp)
        if stamp.since > now or (stamp.until is not None and now >= stamp.until):
            return None
        if stamp.digest != _digest(press, state_of(c)):
            return None
        whole = all(unquote(path) in there for path in outputs.paths(c))
    return stamp if whole else None


def keep_stamp(desk: Desk, now: datetime, files: int) -> None:
    """Remember that everything is built; nothing is written where that is known already."""
    press = desk.press
    wakes = (next_wake(series, desk.history(series.slug), now) for series in desk.library.series)
    until = min((wake for wake in wakes if wake is not None), default=None)
    with press.db.read() as c:
        stamp = Stamp(digest=_digest(press, state_of(c)), since=now, until=until, files=files)
        packed = meta.get(c, STAMP)
    if packed is not None:
        before = msgspec.json.decode(packed, type=Stamp)
        if before.since <= now and (before.digest, before.until) == (stamp.digest, stamp.until):
            return
    with press.db.write() as c:
        meta.put(c, STAMP, msgspec.json.encode(stamp).decode())


def _digest(press: Press, state: str) -> str:
    plain = {name: str(getattr(press.site, name)) for name in press.site.__dataclass_fields__}
    digest = hashlib.sha256(repr((press.rendering, state, sorted(plain.items()))).encode())
    for seen in posts_seen(press.posts):
        digest.update(repr(seen).encode())
    return digest.hexdigest()


def posts_seen(folder: str | Path) -> Iterator[tuple[str, int, int]]:
    """Every file below *folder* with its time and size; a folder that is not there has none."""
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from posts_seen(entry.path)
            continue
        try:
            stat = entry.stat()
        except OSError:
            continue
        yield entry.path, stat.st_mtime_ns, stat.st_size
