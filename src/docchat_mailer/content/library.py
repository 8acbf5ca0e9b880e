"""The folder of posts, read as series and parts; what is wrong with it are findings, never exceptions.

Only names, front matter and ``series.toml`` are read here.  The text is turned into a body later, one part
at a time (see :mod:`docchat_mailer.content.body`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from docchat_mailer.content.names import is_ignored, is_slug, numbered
from docchat_mailer.content.order import settle_names, settle_series
from docchat_mailer.content.post_file import PostFile, read_post
from docchat_mailer.content.reading import read_text
from docchat_mailer.content.records import FileRecord, SeriesFile, pack, unpack
from docchat_mailer.content.series_file import read_series
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Series, Source
from docchat_mailer.model.slugs import slugify

SERIES_FILE = "series.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """All series of the folder (lone posts too), by slug, what is wrong, and a record of every file read."""

    series: tuple[Series, ...] = ()
    findings: tuple[Finding, ...] = ()
    records: Mapping[str, FileRecord] = field(default_factory=dict)

    def find(self, slug: str) -> Series | None:
        """The series of that *slug*, if there is one."""
        return next((series for series in self.series if series.slug == slug), None)


def read_posts(
    folder: Path, zone: ZoneInfo, known: Mapping[str, FileRecord] = MappingProxyType({})
) -> Library:
    """Read *folder*; a file that is as *known* says is not opened.

    A folder that is missing or empty gives a library without series.
    """
    return _Reading(folder, zone, known).library()


class _Reading:
    """One walk through the folder."""

    def __init__(self, folder: Path, zone: ZoneInfo, known: Mapping[str, FileRecord]) -> None:
        self._folder, self._zone, self._known = folder, zone, known
        self._root = os.path.realpath(folder)
        self._records: dict[str, FileRecord] = {}
        self._found: list[Finding] = []

    def library(self) -> Library:
        series = []
        for entry in self._entries(self._folder, ""):
            if entry.is_dir():
                one = self._series(entry)
            elif entry.name.endswith(".md"):
                one = self._lone(entry)
            else:
                continue
            if one is not None:
                series.append(one)
        settled, found = settle_names(series)
        self._found += found
        self._found.sort(key=lambda one: (one.source.path, one.source.line, one.code))
        return Library(series=settled, findings=tuple(self._found), records=self._records)

    def _entries(self, folder: str | Path, prefix: str) -> Iterator[os.DirEntry[str]]:
        """What lies in a folder and concerns us, by name; links that lead out are left, with a finding."""
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        except OSError as exc:
            source = Source(path=prefix or ".")
            self._found.append(finding("C104", source, f"the folder cannot be read ({exc.strerror})"))
            return
        for entry in entries:
            if is_ignored(entry.name):
                continue
            if not entry.name.isprintable():
                shown = prefix + entry.name.encode("unicode_escape").decode("ascii")
                self._found.append(finding("C108", Source(path=shown), f"the name {shown!r} cannot be used"))
            elif entry.is_symlink() and not self._inside(entry):
                what = "the link leads out of the folder, or nowhere"
                self._found.append(finding("C105", Source(path=prefix + entry.name), what))
            else:
                yield entry

    def _inside(self, entry: os.DirEntry[str]) -> bool:
        target = os.path.realpath(entry.path)
        return target.startswith(self._root + os.sep) and Path(target).exists()

    def _lone(self, entry: os.DirEntry[str]) -> Series | None:
        post = self._post(entry, "", "")
        slug = post.part.slug if post.part else slugify(entry.name.removesuffix(".md")) or "post"
        self._found += (replace(one, series=slug) for one in post.findings)
        if post.part is not None and post.part.draft:
            return None
        return settle_series(
            Series(
                slug=slug,
                title=post.part.title if post.part else entry.name,
                source=Source(path=entry.name),
                start=post.date,
                cadence=None,
                lone=True,
                parts=(post.part,) if post.part else (),
            ),
            post.findings,
        )[0]

    def _series(self, entry: os.DirEntry[str]) -> Series | None:
        slug = entry.name
        files = [file for file in self._entries(entry.path, f"{slug}/") if file.is_file()]
        head = self._head(files, slug)
        posts = [post for file in files if (post := self._part(file, slug)) is not None]
        if head is None and not posts:
            return None
        found = [*(head.findings if head else self._headless(slug)), *(f for p in posts for f in p.findings)]
        series = head.series if head and head.series else _nameless(slug)
        parts = [post.part for post in posts if post.part is not None]
        settled, order = settle_series(replace(series, parts=tuple(parts)), found)
        self._found += (replace(one, series=slug) for one in (*found, *order))
        return settled

    def _headless(self, slug: str) -> tuple[Finding, ...]:
        source = Source(path=f"{slug}/{SERIES_FILE}")
        return (finding("C123", source, f"the folder {slug!r} has parts but no {SERIES_FILE}"),)

    def _head(self, files: list[os.DirEntry[str]], slug: str) -> SeriesFile | None:
        entry = next((file for file in files if file.name == SERIES_FILE), None)
        if entry is None:
            return None
        path = f"{slug}/{SERIES_FILE}"
        stat = entry.stat()
        remembered = self._remembered(path, stat)
        if isinstance(remembered, SeriesFile):
            return remembered
        text = read_text(Path(entry.path), Source(path=path), stat.st_size)
        series, found = (None, text.findings)
        if not found:
            series, found = read_series(text.text, slug, path, self._zone)
        if not is_slug(slug):
            fix = f"name the folder {slugify(slug) or 'series'!r}"
            found = (*found, finding("C107", Source(path=path), f"the slug {slug!r} cannot be used", fix=fix))
        made = SeriesFile(series=series, findings=found)
        self._remember(path, stat, text.digest, made)
        return made

    def _part(self, entry: os.DirEntry[str], slug: str) -> PostFile | None:
        if not entry.name.endswith(".md"):
            return None
        if numbered(entry.name) is None:
            source = Source(path=f"{slug}/{entry.name}")
            self._found.append(finding("C106", source, f"{entry.name!r} has no number", series=slug))
            return None
        return self._post(entry, f"{slug}/", slug)

    def _post(self, entry: os.DirEntry[str], prefix: str, series: str) -> PostFile:
        path = prefix + entry.name
        stat = entry.stat()
        remembered = self._remembered(path, stat)
        if isinstance(remembered, PostFile):
            return remembered
        text = read_text(Path(entry.path), Source(path=path), stat.st_size)
        made = read_post(text, path, series, self._zone)
        self._remember(path, stat, text.digest, made)
        return made

    def _remembered(self, path: str, stat: os.stat_result) -> PostFile | SeriesFile | None:
        record = self._known.get(path)
        if record is None or (record.mtime_ns, record.size) != (stat.st_mtime_ns, stat.st_size):
            return None
        made = unpack(record.payload, self._zone)
        if made is not None:
            self._records[path] = record
        return made

    def _remember(self, path: str, stat: os.stat_result, digest: str, made: PostFile | SeriesFile) -> None:
        """A file that could not be opened has no digest and is tried again next time."""
        if digest:
            self._records[path] = FileRecord(
                path=path,
                mtime_ns=stat.st_mtime_ns,
                size=stat.st_size,
                digest=digest,
                payload=pack(made, self._zone),
            )


def _nameless(slug: str) -> Series:
    """A series whose ``series.toml`` cannot be used: held, but known by its folder."""
    return Series(
        slug=slug, title=slug, source=Source(path=f"{slug}/{SERIES_FILE}"), start=None, cadence=None
    )
