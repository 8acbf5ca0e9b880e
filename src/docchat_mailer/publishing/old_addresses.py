"""Where an adopted blog's posts stood: what can keep its address keeps it, the rest leads to the new one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

from docchat_mailer.model.old_entry import OldEntry
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.series import Part, Series
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.rules.matching import Candidate, Matches, match
from docchat_mailer.rules.naming import composed_title, page_path

TAKEN = re.compile(r"/(?:(?:s|t|feeds|archive|page|media)(?:/.*)?)?")
"""Addresses that lists, feeds and images of this program use."""

_FOLDER = re.compile(r"(?:/[^/.?#\s\x00-\x1f\\]+)+/?")


def matches(desk: Desk, entries: tuple[OldEntry, ...]) -> Matches:
    """Which post each of *entries* belongs to."""
    parts = [(series, part) for series in desk.library.series for part in series.parts]
    return match(entries, [_candidate(desk, series, part) for series, part in parts])


def _candidate(desk: Desk, series: Series, part: Part) -> Candidate:
    titles = {part.title, composed_title(desk.press.site, series, part.number, part.title)}
    return Candidate(
        source=part.source.path,
        slug=part.slug,
        entry_id=part.entry_id,
        paths=(page_path(series, part.slug, Kind.RELEASE), *part.aliases),
        titles=tuple(sorted(titles)),
    )


def path_before(url: str, base_url: str) -> str:
    """The path of *url* below the site at *base_url*, percent-encoded; empty where it stood elsewhere.

    An address with a query (``?p=12``) has no path of its own: plain files cannot answer it.
    """
    old, site = urlsplit(url), urlsplit(base_url)
    if not old.path.startswith(f"{site.path}/") or old.query or _host(old.hostname) != _host(site.hostname):
        return ""
    return quote(unquote(old.path.removeprefix(site.path)), safe="/-._~!$&'()*+,;=:@")


def _host(name: str | None) -> str:
    return (name or "").removeprefix("www.")


def kept_paths(desk: Desk, known: Mapping[str, OldEntry]) -> dict[str, str]:
    """The page path of each post that can stay where it was, by its file's path."""
    return dict(_kept(desk, known))


def _kept(desk: Desk, known: Mapping[str, OldEntry]) -> Iterator[tuple[str, str]]:
    used = set(desk.pages.values())
    for source, old in sorted(known.items()):
        path = path_before(old.url, desk.press.site.base_url)
        page = f"{path.rstrip('/')}/"
        if _FOLDER.fullmatch(unquote(path)) and not TAKEN.fullmatch(path.rstrip("/")) and page not in used:
            used.add(page)
            yield source, page
