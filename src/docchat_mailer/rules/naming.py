"""Names that never change once given: entry ids, page paths, composed titles."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.series import Series
from docchat_mailer.model.site import Site
from docchat_mailer.model.slugs import slugify


def composed_title(site: Site, series: Series, number: int, bare_title: str) -> str:
    """The title in page, feed and subject; a lone post is called what it is called."""
    if series.lone:
        return bare_title
    form = series.part_title or site.part_title
    return form.format(series=series.title, n=number, title=bare_title)


def page_path(series: Series, slug: str, kind: Kind) -> str:
    """The page's path below the base URL; slugs of other scripts are percent-encoded (RFC 3986 s.2.1)."""
    home = f"/p/{quote(slug)}/" if series.lone else f"/s/{quote(series.slug)}/{quote(slug)}/"
    return home if kind is Kind.RELEASE else f"{home}soon/"


def series_path(slug: str) -> str:
    """The path of a series' page, which is also the folder of its feeds."""
    return f"/s/{quote(slug)}/"


def tag_path(tag: str) -> str:
    """The path of a tag's archive, which is also the folder of its feeds."""
    return f"/t/{quote(slugify(tag))}/"


def mint_entry_id(authority: str, series: str, number: int, kind: Kind, taken: Callable[[str], bool]) -> str:
    """A new ``tag:`` URI (RFC 4151) under *authority* (``example.org,2026``) that was never used before."""
    specific = f"{quote(series)}/{number}" + ("/announcement" if kind is Kind.ANNOUNCEMENT else "")
    entry_id, again = f"tag:{authority}:{specific}", 1
    while taken(entry_id):
        again += 1
        entry_id = f"tag:{authority}:{specific}/{again}"
    return entry_id


def free_path(path: str, taken: Callable[[str], bool]) -> str:
    """*path*, or the first ``path-2/``, ``path-3/`` ... that no publication has."""
    free, again = path, 1
    while taken(free):
        again += 1
        free = f"{path.rstrip('/')}-{again}/"
    return free


def feed_id(authority: str, path: str) -> str:
    """The ``tag:`` URI of the feed at *path*: the same in its current document and all its archives."""
    return f"tag:{authority}:feed{path.rstrip('/')}"
