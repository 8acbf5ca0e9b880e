"""Pages and feeds from what is published: only what changed is rendered, only other bytes are written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from docchat_mailer.disk import is_leftover, write_all
from docchat_mailer.model.publication import Revision
from docchat_mailer.publishing.maps import series_page
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.sheets import Layout, Sheet
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.render.views import SeriesPage
from docchat_mailer.store import meta, outputs as outputs_table, publications
from docchat_mailer.store.outputs import Output

DEPLOY_OWED = "deploy owed"
"""The meta key that stands while files have changed and the deploy command has not succeeded since."""

BATCH = 200
"""Files that reach the disk together: few enough to hold, enough to share one flush."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildReport:
    """What a build did: files it looked at, rendered, wrote and removed."""

    sheets: int
    rendered: int
    written: tuple[str, ...]
    removed: tuple[str, ...]


def build(
    desk: Desk,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> BuildReport:
    """Bring ``public/`` up to date with what *desk* shows, and run the deploy command if a file changed."""
    press = desk.press
    with press.db.read() as c:
        before = outputs_table.outputs(c)
    layout = Layout(press, desk.authority, desk.shelf, series_maps(desk, now), _bodies(press))
    sheets = list(layout.sheets())
    there = files_below(press.public)
    _sweep(press.public, there)
    stale = [sheet for sheet in sheets if _is_stale(sheet, before.get(sheet.path), there)]
    written: list[str] = []
    for done, batch in _batched(stale):
        written += _print(press, batch, before, now)
        progress(done, len(stale))
    removed = _remove(press, before.keys() - {sheet.path for sheet in sheets})
    _deploy(press, changed=bool(written or removed))
    return BuildReport(
        sheets=len(sheets), rendered=len(stale), written=tuple(written), removed=tuple(removed)
    )


def _deploy(press: Press, *, changed: bool) -> None:
    """Run the deploy command after a change; one that failed is owed until it succeeds."""
    if press.deploy is None:
        return
    with press.db.read() as c:
        owed = meta.get(c, DEPLOY_OWED) is not None
    if changed and not owed:
        with press.db.write() as c:
            meta.put(c, DEPLOY_OWED, "yes")
    if changed or owed:
        press.deploy()
        with press.db.write() as c:
            meta.drop(c, DEPLOY_OWED)


def series_maps(desk: Desk, now: datetime) -> dict[str, SeriesPage]:
    """The maps of all series of which something is public."""
    shelf = desk.shelf
    written = {series.slug: series for series in desk.library.series if not series.fault}
    public = {publication.series for publication in shelf.publications}
    return {
        slug: series_page(
            desk.press.site,
            shelf,
            facts,
            series=written.get(slug),
            history=desk.history(slug),
            now=now,
        )
        for slug, facts in sorted(shelf.facts.items())
        if slug in public and not facts.lone
    }


def _bodies(press: Press) -> Callable[[Sequence[int]], Mapping[int, Revision]]:
    def read(ids: Sequence[int]) -> Mapping[int, Revision]:
        with press.db.read() as c:
            return publications.revisions_of(c, ids)

    return read


def files_below(folder: Path) -> set[str]:
    """Every file below *folder*, as a path from it that begins with a slash: one walk, no look at each."""
    root = str(folder)
    return {
        f"{where[len(root) :]}/{name}".replace(os.sep, "/")
        for where, _, names in os.walk(root)
        for name in names
    }


def _sweep(public: Path, there: set[str]) -> None:
    """Remove what a killed build left half written; the worker's lock says that no other is at it."""
    for path in there:
        if is_leftover(path.rpartition("/")[2]):
            (public / path.lstrip("/")).unlink(missing_ok=True)


def _is_stale(sheet: Sheet, output: Output | None, there: set[str]) -> bool:
    return output is None or output.inputs != sheet.inputs or unquote(sheet.path) not in there


def _batched(sheets: Sequence[Sheet]) -> Iterator[tuple[int, list[Sheet]]]:
    remaining = iter(sheets)
    done = 0
    while batch := list(islice(remaining, BATCH)):
        done += len(batch)
        yield done, batch


def _print(press: Press, batch: Sequence[Sheet], before: Mapping[str, Output], now: datetime) -> list[str]:
    """Make a batch; equal bytes are not written, so that a file's time tells when it last changed."""
    files: list[tuple[Path, bytes]] = []
    printed: list[Output] = []
    written: list[str] = []
    for sheet in batch:
        content = sheet.make()
        sha256 = hashlib.sha256(content).hexdigest()
        known, file = before.get(sheet.path), _file(press.public, sheet.path)
        changed = known is None or known.sha256 != sha256 or not file.is_file()
        if changed:
            files.append((file, content))
            written.append(sheet.path)
        changed_at = now if changed or known is None else known.changed_at
        printed.append(Output(path=sheet.path, inputs=sheet.inputs, sha256=sha256, changed_at=changed_at))
    write_all(files)
    with press.db.write() as c:
        outputs_table.put_outputs(c, printed)
    return written


def _remove(press: Press, paths: set[str]) -> list[str]:
    """Remove files of ours that belong to nothing any more."""
    for path in paths:
        _file(press.public, path).unlink(missing_ok=True)
    if paths:
        with press.db.write() as c:
            outputs_table.drop_outputs(c, sorted(paths))
    return sorted(paths)


def _file(public: Path, path: str) -> Path:
    """Where the file at the site's *path* stands; paths are percent-encoded, file names are not."""
    return public.joinpath(*unquote(path).strip("/").split("/"))
