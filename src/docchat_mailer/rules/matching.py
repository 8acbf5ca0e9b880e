"""Which post an entry of the old feed belongs to: by the operator's word, its id, its address, its title."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from docchat_mailer.model.old_entry import OldEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A post an old entry may belong to: *source* is its file, *paths* the addresses it had or will have."""

    source: str
    slug: str
    entry_id: str | None = None
    paths: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Matches:
    """Source to old entry, and what is left: entries that belong to no post, and doubts, a sentence each."""

    by_source: Mapping[str, OldEntry] = field(default_factory=dict)
    unmatched: tuple[OldEntry, ...] = ()
    doubts: tuple[str, ...] = ()


def match(entries: Sequence[OldEntry], candidates: Sequence[Candidate]) -> Matches:
    """Give each entry its post; the surest sign wins, and one that points to several posts is a doubt."""
    signs = _Signs(candidates)
    by_source: dict[str, OldEntry] = {}
    unmatched: list[OldEntry] = []
    doubts: list[str] = list(_doubles(entries))
    for entry in entries:
        found = signs.candidates(entry)
        if not found:
            unmatched.append(entry)
        elif len(found) > 1:
            doubts.append(f"{entry.where}: {_name(entry)} may be {' or '.join(sorted(found))}")
        else:
            source = found.pop()
            other = by_source.setdefault(source, entry)
            if other is not entry:
                doubts.append(f"{entry.where}: {_name(entry)} and {_name(other)} are both {source}")
    return Matches(by_source=by_source, unmatched=tuple(unmatched), doubts=tuple(doubts))


class _Signs:
    """What each post can be recognised by."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._sources: set[str] = set()
        self._ids, self._paths, self._slugs, self._titles = _index(), _index(), _index(), _index()
        for candidate in candidates:
            source = candidate.source
            self._sources.add(source)
            self._slugs[candidate.slug].add(source)
            if candidate.entry_id is not None:
                self._ids[candidate.entry_id].add(source)
            for path in candidate.paths:
                self._paths[_path(path)].add(source)
            for title in candidate.titles:
                self._titles[folded(title)].add(source)

    def candidates(self, entry: OldEntry) -> set[str]:
        """The posts *entry* may belong to, by the first sign that is known at all."""
        if entry.source:
            return {entry.source} & self._sources
        path = _path(entry.url)
        signs: tuple[tuple[Mapping[str, set[str]], str], ...] = (
            (self._ids, entry.entry_id),
            (self._paths, path),
            (self._slugs, _last_word(path)),
            (self._titles, folded(entry.title)),
        )
        return next((set(index[sign]) for index, sign in signs if sign and sign in index), set())


def _index() -> defaultdict[str, set[str]]:
    return defaultdict(set)


def folded(title: str) -> str:
    """*title* in lower case with its words alone, so that dashes, quotes and spaces do not matter."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def _path(url: str) -> str:
    return unquote(urlsplit(url).path).rstrip("/").removesuffix("/index.html")


def _last_word(path: str) -> str:
    return re.sub(r"\.\w+$", "", path.rpartition("/")[2])


def _doubles(entries: Sequence[OldEntry]) -> Iterable[str]:
    first: dict[str, OldEntry] = {}
    for entry in entries:
        other = first.setdefault(entry.entry_id, entry)
        if other is not entry:
            yield f"{entry.where}: the entry id {entry.entry_id!r} also stands at {other.where}"


def _name(entry: OldEntry) -> str:
    return repr(entry.title or entry.url or entry.entry_id)
