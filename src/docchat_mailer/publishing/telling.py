"""Tell the hub which feeds have changed: each content once, again later where it did not listen.

Nothing waits for a hub: it makes feeds faster, and is needed for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from docchat_mailer.model.instants import utc
from docchat_mailer.publishing.press import Press
from docchat_mailer.render.feeds.addresses import site_url
from docchat_mailer.render.views import FeedFormat
from docchat_mailer.store import meta, outputs
from docchat_mailer.store.database import Connection

TOLD = "hub told"
"""The meta key of what the hub knows."""

FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=6)
"""How long a hub that does not listen is left alone: twice as long each time."""

MOST = 50
"""Feeds that are told of in one go: what is left is told in the next."""

CURRENT = tuple(f"/{form.value}" for form in FeedFormat)

log = structlog.get_logger("docchat.publishing")


class Told(msgspec.Struct, frozen=True):
    """What the hub was told: path to digest; *failures* in a row, and when it is asked again."""

    digests: dict[str, str] = {}
    failures: int = 0
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Changed:
    path: str
    digest: str


def tell_hub(press: Press, now: datetime) -> int:
    """Tell the hub what it does not know yet; returns how many feeds it took."""
    if press.ping is None:
        return 0
    with press.db.read() as c:
        told, changed = _known(c), _changed(c)
    if not changed or (told.again is not None and now < told.again):
        return 0
    digests = dict(told.digests)
    failed = ""
    for feed in changed[:MOST]:
        failed = press.ping(site_url(press.site.base_url, feed.path))
        if failed:
            break
        digests[feed.path] = feed.digest
    failures = told.failures + 1 if failed else 0
    again = now + min(FIRST * 2 ** (failures - 1), LONGEST) if failed else None
    with press.db.write() as c:
        meta.put(c, TOLD, msgspec.json.encode(Told(digests, failures, again)).decode())
    if failed:
        log.warning("hub_does_not_listen", hub=press.site.hub, reason=failed, failures=failures)
    return sum(digests.get(feed.path) == feed.digest for feed in changed)


def next_telling(press: Press, now: datetime) -> datetime | None:
    """When the hub is told again what it did not take; None where there is nothing to tell."""
    if press.ping is None:
        return None
    with press.db.read() as c:
        told, changed = _known(c), _changed(c)
    if not changed:
        return None
    return utc(told.again) if told.again is not None else now


def _known(c: Connection) -> Told:
    kept = meta.get(c, TOLD)
    return Told() if kept is None else msgspec.json.decode(kept, type=Told)


def _changed(c: Connection) -> list[_Changed]:
    """The current feeds whose bytes the hub was not told of, by path; archives do not change."""
    told = _known(c).digests
    kept = outputs.outputs(c)
    return [
        _Changed(path, output.sha256)
        for path, output in sorted(kept.items())
        if path.endswith(CURRENT) and told.get(path) != output.sha256
    ]
