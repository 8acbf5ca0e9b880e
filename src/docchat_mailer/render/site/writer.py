"""The page writer: views in, UTF-8 HTML out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from jinja2 import Environment
from markupsafe import Markup

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.site import Site
from docchat_mailer.render.feeds.addresses import site_url
from docchat_mailer.render.feeds.characters import clean
from docchat_mailer.render.site import bodies
from docchat_mailer.render.site.heads import Head, article_data, feed_links, series_data
from docchat_mailer.render.site.lines import Lines, Pledge
from docchat_mailer.render.site.styles import STYLESHEET_PATH, stylesheet
from docchat_mailer.render.urls import relative, root_of
from docchat_mailer.render.views import Entry, Feed, ListPage, SeriesPage
from docchat_mailer.render.words import words


class PageWriter:
    """Writes the pages of one site from the templates under ``pages/``; every method returns a whole file.

    Links inside the site are relative, so that a copy of it on a disk works; feeds and canonical addresses
    are absolute.
    """

    def __init__(self, environment: Environment, site: Site) -> None:
        self._environment = environment
        self._site = site

    def part(self, entry: Entry, feeds: Sequence[Feed], map: SeriesPage | None = None) -> bytes:  # noqa: A002
        """The page of a part, a lone post or an announcement; *map* is the page of its series."""
        site, lines = self._site, Lines(self._site, entry.language)
        picture = entry.picture
        head = Head(
            title=f"{entry.title} · {site.title}",
            heading=entry.title,
            description=entry.summary,
            language=entry.language,
            canonical=site_url(site.base_url, entry.path),
            root=root_of(entry.path),
            kind="article",
            feeds=feed_links(site, feeds),
            image=site_url(site.base_url, picture.url) if picture else "",
            image_alt=picture.alt if picture else "",
            previous=site_url(site.base_url, entry.previous.path) if entry.previous else "",
            next=site_url(site.base_url, entry.next.path) if entry.next else "",
            published=entry.published.isoformat(timespec="seconds"),
            modified=entry.updated.isoformat(timespec="seconds"),
            tags=entry.tags,
            data=article_data(site, entry),
        )
        own_box = bodies.has_own_box(entry.html)
        return self._page(
            "part",
            head,
            entry=entry,
            body=self._body(entry, entry.path, 2),
            position=lines.position(entry),
            corrected=lines.date(entry.updated) != lines.date(entry.published),
            lead_picture=picture if picture and escape(picture.url) not in entry.html else None,
            picture_src=relative(picture.url, entry.path) if picture else "",
            pledges=lines.pledges(entry.promises, told=own_box),
            own_box=own_box,
            now_out=_now_out(entry, map),
            stops=lines.stops(entry, map),
            followed=entry.series,
            tags=lines.tags(entry.tags),
            feeds=feeds[:1],
            sign_off="" if bodies.says(entry.text, site.sign_off) else site.sign_off,
            notice="" if bodies.says(entry.text, site.notice) else site.notice,
        )

    def series(self, page: SeriesPage, feeds: Sequence[Feed]) -> bytes:
        """The page of a series: the map of its parts."""
        site, view, lines = self._site, page.series, Lines(self._site, page.language)
        head = Head(
            title=f"{view.title} · {site.title}",
            heading=view.title,
            description=page.summary or view.title,
            language=page.language,
            canonical=site_url(site.base_url, view.path),
            root=root_of(view.path),
            feeds=feed_links(site, feeds),
            tags=page.tags,
            data=series_data(site, view.title, view.path, page.summary, page.language),
        )
        pledges: tuple[Pledge, ...] = lines.pledges(page.promises, told=False)
        return self._page(
            "series",
            head,
            page=page,
            stops=lines.map(page.items),
            followed=view,
            pledges=pledges,
            tags=lines.tags(page.tags),
            feeds=feeds[:1],
        )

    def list(self, page: ListPage, feeds: Sequence[Feed]) -> bytes:
        """A page of a list: home at ``/``, or a tag archive of whole posts."""
        site, lines = self._site, Lines(self._site, self._site.language)
        path = page.path if page.number == page.count else f"{page.path}page/{page.number}/"
        newer = _list_path(page, page.number + 1) if page.number < page.count else ""
        older = _list_path(page, page.number - 1) if page.number > 1 else ""
        home = page.path == "/"
        title = page.heading if home else f"{page.heading} · {site.title}"
        nth = "" if path == page.path else f" ({lines.say['page'].format(n=page.number)})"
        head = Head(
            title=title + nth,
            heading=page.heading,
            description=(site.subtitle if home else "") or page.heading,
            language=site.language,
            canonical=site_url(site.base_url, path),
            root=root_of(path),
            feeds=feed_links(site, feeds),
            previous=site_url(site.base_url, newer) if newer else "",
            next=site_url(site.base_url, older) if older else "",
        )
        return self._page(
            "list",
            head,
            page=page,
            home=home,
            nth=nth,
            newest=page.number == page.count,
            whole=[(entry, self._body(entry, path, 3, f"p{n}-")) for n, entry in enumerate(page.entries, 1)],
            lines=lines,
            newer=newer,
            older=older,
            feeds=feeds[:1],
        )

    def feeds(self, feeds: Sequence[Feed]) -> bytes:
        """The page that names every feed and says what a feed is."""
        site, say = self._site, words(self._site.language)
        head = Head(
            title=f"{say['feeds']} · {site.title}",
            heading=say["feeds"],
            description=say["feeds_intro"],
            language=site.language,
            canonical=site_url(site.base_url, "/feeds/"),
            root="../",
            feeds=feed_links(site, feeds[:1]),
        )
        return self._page("feeds", head, feeds=feeds)

    def stylesheet(self) -> bytes:
        """The sheet every page links to: the site's own, where it has one."""
        return stylesheet(self._environment)

    def not_found(self) -> bytes:
        """What is shown at an address that leads nowhere, however deep: its links are absolute."""
        site, say = self._site, words(self._site.language)
        head = Head(
            title=f"{say['not_found']} · {site.title}",
            heading=say["not_found"],
            description=say["not_found_intro"],
            language=site.language,
            canonical="",
            root=site_url(site.base_url, "/"),
            robots="noindex",
        )
        return self._page("not_found", head)

    def _body(self, entry: Entry, page_path: str, top: int, prefix: str = "") -> Markup:
        html = relative(bodies.nested(entry.html, top), page_path)
        if prefix:
            html = bodies.prefixed(html, prefix)
        # The body was sanitised when the post was read.
        return Markup(bodies.scrollable(html, words(entry.language)["table"]))  # noqa: S704

    def _page(self, name: str, head: Head, **facts: object) -> bytes:
        site, template = self._site, self._environment.get_template(f"pages/{name}.html")
        icon = relative(site.icon, "/") if not site.icon.startswith("/") else head.root + site.icon[1:]
        page = template.render(
            site=site,
            head=head,
            root=head.root,
            say=words(head.language),
            style=head.root + STYLESHEET_PATH[1:],
            icon=icon,
            **facts,
        )
        return clean(page).encode()


def _list_path(page: ListPage, number: int) -> str:
    return page.path if number == page.count else f"{page.path}page/{number}/"


def _now_out(entry: Entry, page: SeriesPage | None) -> str:
    """For an announcement: the path of the part it announced, once that is out."""
    if entry.kind is not Kind.ANNOUNCEMENT or page is None:
        return ""
    return next((item.path for item in page.items if item.number == entry.number), "")
