"""The posts as they are now, read through the cache, and guarded against a folder that is not there."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from docchat_mailer.content.library import Library, read_posts
from docchat_mailer.content.records import FileRecord
from docchat_mailer.errors import ContentError
from docchat_mailer.model.publication import Kind, Publication
from docchat_mailer.publishing.press import Press
from docchat_mailer.store import sources
from docchat_mailer.store.database import Connection
from docchat_mailer.store.sources import SourceRow


def read_library(press: Press, published: Sequence[Publication]) -> Library:
    """Read the posts; files that have not changed since the last time are not opened.

    Raises ContentError where parts are published and none of them is found: an unmounted folder is no
    reason to forget a blog.
    """
    with press.db.read() as c:
        known = known_records(c)
    library = read_posts(press.posts, press.site.zone, known)
    refuse_emptiness(press, library, published)
    _remember(press, known, library)
    return library


def known_records(c: Connection) -> dict[str, FileRecord]:
    """What was read of each file the last time."""
    return {
        row.path: FileRecord(
            path=row.path, mtime_ns=row.mtime_ns, size=row.size, digest=row.digest, payload=row.payload
        )
        for row in sources.source_rows(c)
    }


def refuse_emptiness(press: Press, library: Library, published: Sequence[Publication]) -> None:
    """Raise ContentError where something is published and the content folder holds not one part."""
    releases = [p for p in published if p.kind is Kind.RELEASE]
    if releases and not any(series.parts for series in library.series):
        raise ContentError(
            f"0 of {len(releases)} published parts found in {press.posts}",
            why="the folder is empty or not mounted",
            fix="mount or restore the folder, or correct [content] posts",
        )


def _remember(press: Press, known: dict[str, FileRecord], library: Library) -> None:
    changed = [record for path, record in library.records.items() if known.get(path) != record]
    gone = [path for path in known if path not in library.records]
    if changed or gone:
        with press.db.write() as c:
            sources.put_source_rows(c, [SourceRow(*msgspec.structs.astuple(record)) for record in changed])
            sources.drop_source_rows(c, gone)
