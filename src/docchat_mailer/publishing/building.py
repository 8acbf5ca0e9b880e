"""Pages and feeds from what is published: only what changed is rendered, only other bytes are written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from docchat_mailer.disk import is_leftover, write_all
from docchat_mailer.model.publication import Revision
from docchat_mailer.publishing.maps import series_page
from docchat_mailer.publishing.press import Press
from docchat_mailer.publishing.sheets import Layout, Sheet
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.render.views import SeriesPage
from docchat_mailer.store import meta, outputs as outputs_table, revisions
from docchat_mailer.store.outputs import Output

DEPLOY_OWED = "deploy owed"
"""The meta key that stands while files have changed and the deploy command has not succeeded since."""

BATCH = 200
"""Files that reach the disk together, at most."""

HELD = 8 * 1024 * 1024
"""Bytes of them that are held in memory, about."""


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
    printing = _Printing(press, before, now)
    for done, sheet in enumerate(stale, 1):
        printing.add(sheet)
        if printing.is_full:
            written += printing.flush()
            progress(done, len(stale))
    written += printing.flush()
    progress(len(stale), len(stale))
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
            return revisions.revisions_of(c, ids)

    return read


def files_below(folder: Path) -> set[str]:
    """Every file below *folder*, as a path from it that begins with a slash: one walk, no look at each."""
    root = str(folder)
    found: set[str] = set()
    unseen = [root]
    while unseen:
        try:
            with os.scandir(unseen.pop()) as scan:
                for entry in scan:
                    if entry.is_dir(follow_symlinks=False):
                        unseen.append(entry.path)
                    else:
                        found.add(entry.path[len(root) :].replace(os.sep, "/"))
        except FileNotFoundError:
            continue
    return found


def _sweep(public: Path, there: set[str]) -> None:
    """Remove what a killed build left half written; the worker's lock says that no other is at it."""
    for path in there:
        if is_leftover(path.rpartition("/")[2]):
            (public / path.lstrip("/")).unlink(missing_ok=True)


def _is_stale(sheet: Sheet, output: Output | None, there: set[str]) -> bool:
    return output is None or output.inputs != sheet.inputs or unquote(sheet.path) not in there


class _Printing:
    """Files on their way to the disk together: few enough to hold, enough to share one flush.

    Equal bytes are not written, so that a file's time tells when it last changed.
    """

    def __init__(self, press: Press, before: Mapping[str, Output], now: datetime) -> None:
        self._press, self._before, self._now = press, before, now
        self._files: list[tuple[Path, bytes]] = []
        self._printed: list[Output] = []
        self._written: list[str] = []
        self._held = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to flush."""
        return len(self._printed) >= BATCH or self._held >= HELD

    def add(self, sheet: Sheet) -> None:
        """Make a sheet."""
        content = sheet.make()
        sha256 = hashlib.sha256(content).hexdigest()
        known, file = self._before.get(sheet.path), _file(self._press.public, sheet.path)
        changed = known is None or known.sha256 != sha256 or not file.is_file()
        if changed:
            self._files.append((file, content))
            self._written.append(sheet.path)
            self._held += len(content)
        changed_at = self._now if changed or known is None else known.changed_at
        self._printed.append(Output(sheet.path, sheet.inputs, sha256, changed_at))

    def flush(self) -> list[str]:
        """Write what was made, then remember it; returns the paths that changed."""
        write_all(self._files)
        if self._printed:
            with self._press.db.write() as c:
                outputs_table.put_outputs(c, self._printed)
        written = self._written
        self._files, self._printed, self._written, self._held = [], [], [], 0
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
