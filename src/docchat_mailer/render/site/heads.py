"""The head of a page: what browsers, feed readers and search engines read before the text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from docchat_mailer.model.site import Site
from docchat_mailer.render.feeds.addresses import feed_path, site_url
from docchat_mailer.render.views import Entry, Feed, FeedFormat

LABELS: Mapping[FeedFormat, str] = {
    FeedFormat.RSS: "RSS",
    FeedFormat.ATOM: "Atom",
    FeedFormat.JSON: "JSON Feed",
}

_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLink:
    """One feed file: *href* is absolute, *title* unlike every other on the page."""

    title: str
    label: str
    href: str
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Everything in ``<head>``; *canonical*, *image*, *previous* and *next* are absolute URLs or empty."""

    title: str
    heading: str
    description: str
    language: str
    canonical: str
    root: str
    kind: str = "website"
    feeds: tuple[FeedLink, ...] = ()
    image: str = ""
    image_alt: str = ""
    previous: str = ""
    next: str = ""
    published: str = ""
    modified: str = ""
    tags: tuple[str, ...] = ()
    data: Markup | None = None
    robots: str = ""


def feed_links(site: Site, feeds: Sequence[Feed]) -> tuple[FeedLink, ...]:
    """Every feed in its three formats, in the order of *feeds*."""
    titles = [feed.title for feed in feeds]
    return tuple(
        FeedLink(
            title=f"{feed.title} ({feed.path}, {label})"
            if titles.count(feed.title) > 1
            else f"{feed.title} ({label})",
            label=label,
            href=site_url(site.base_url, feed_path(feed, form)),
            media_type=form.media_type,
        )
        for feed in feeds
        for form, label in LABELS.items()
    )


def article_data(site: Site, entry: Entry) -> Markup:
    """schema.org's BlogPosting of *entry*, part of its CreativeWorkSeries."""
    url = site_url(site.base_url, entry.path)
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "@id": url,
        "url": url,
        "mainEntityOfPage": url,
        "headline": entry.title,
        "description": entry.summary,
        "inLanguage": entry.language,
        "datePublished": entry.published.isoformat(timespec="seconds"),
        "dateModified": entry.updated.isoformat(timespec="seconds"),
        "author": {"@type": "Organization", "name": entry.author or site.author},
        "publisher": {"@type": "Organization", "name": site.title, "url": site.base_url + "/"},
        "keywords": list(entry.tags),
    }
    if entry.picture is not None:
        data["image"] = site_url(site.base_url, entry.picture.url)
    if entry.series is not None:
        data["position"] = entry.number
        data["isPartOf"] = _series(site, entry.series.title, entry.series.path)
    return embedded(data)


def series_data(site: Site, title: str, path: str, summary: str, language: str) -> Markup:
    """schema.org's CreativeWorkSeries."""
    whole = _series(site, title, path)
    about = {"description": summary, "inLanguage": language}
    return embedded({"@context": "https://schema.org", **whole, **about})


def embedded(data: Mapping[str, object]) -> Markup:
    """*data* as JSON that cannot end the script element it stands in, nor a line of it."""
    # The signs that could are escaped here, so the text needs no HTML escaping.
    return Markup(json.dumps(data, ensure_ascii=False).translate(_UNSAFE))  # noqa: S704


def _series(site: Site, title: str, path: str) -> dict[str, object]:
    url = site_url(site.base_url, path)
    return {"@type": "CreativeWorkSeries", "@id": url, "name": title, "url": url}
