"""Notices: short letters that answer one reader - please confirm, welcome, goodbye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from jinja2 import Environment

from docchat_mailer.letter.compiling import compile_letter, compile_plain
from docchat_mailer.letter.fields import Field, Sentinels, sentinels
from docchat_mailer.model.site import Sender, Site
from docchat_mailer.model.subscriber import Rhythm
from docchat_mailer.render.letter_facts import PADDING, Way
from docchat_mailer.render.letter_headers import (
    confirm_url,
    notice_headers,
    preferences_url,
    unsubscribe_urls,
    view_url,
)
from docchat_mailer.render.letter_shape import tidy
from docchat_mailer.render.letters import ComposedLetter
from docchat_mailer.render.views import MapItem, SeriesPage, Standing
from docchat_mailer.render.words import direction, long_date, words

LISTED = 20
"""Lines of a section at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeLine:
    """A line of a section: a post, where it is if it is out, and a word beside it."""

    title: str
    url: str = ""
    note: str = ""
    summary: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Lines under a heading."""

    title: str
    lines: tuple[NoticeLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What a notice says: *button* is its label; *url* where it leads, empty for the confirmation.

    *member* says that it goes to somebody who gets letters, and can leave by it; *viewed* that it can be seen
    in a browser, for which there is no other page.
    """

    name: str
    subject: str
    language: str
    paragraphs: tuple[str, ...]
    button: str
    url: str = ""
    member: bool = False
    sections: tuple[Section, ...] = field(default=())
    why: str = ""
    viewed: bool = False


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What the frame asks of an entry."""

    language: str


class NoticeWriter:
    """Writes the notices of one site, in its language."""

    def __init__(self, environment: Environment, site: Site, sender: Sender) -> None:
        self._environment, self._site, self._sender = environment, site, sender

    def notices(self, maps: Sequence[SeriesPage]) -> list[Notice]:
        """Every notice there is; each series of *maps* has a welcome of its own.

        None where no page answers that they could lead to.
        """
        if not self._sender.web_url:
            return []
        return [
            self._asking("confirm"),
            self._asking("change"),
            self._goodbye(),
            self._welcome(maps),
            *(self._welcome_to(page) for page in maps),
        ]

    def compose(self, notice: Notice, seed: bytes) -> ComposedLetter:
        """The letter of *notice*; the same *seed* gives the same bytes."""
        from docchat_mailer.render.inlining import inline  # noqa: PLC0415 - slow, and only a letter needs it

        marks = sentinels(seed)
        facts = self._facts(notice, marks)
        html = inline(self._environment.get_template("notice.html").render({**facts, "body": ""}))
        text = tidy(self._environment.get_template("notice.txt").render(facts))
        headers = notice_headers(notice.subject, notice.language, self._sender, marks, member=notice.member)
        compiled = compile_letter(headers, text, html, marks, seed)
        plain = compile_plain(headers, text, marks)
        return ComposedLetter(subject=notice.subject, compiled=compiled, plain=plain, html=html, text=text)

    def digest(
        self, rhythm: Rhythm, start: datetime, end: datetime, told: Sequence[tuple[str, str, str]]
    ) -> Notice:
        """The releases of a period, each *told* with its title, its summary and its path."""
        site, say = self._site, words(self._site.language)
        dates = [long_date(at, site.zone, site.language) for at in (start, end)]
        lines = [
            NoticeLine(title=title, url=site.base_url + path, summary=summary)
            for title, summary, path in told
        ]
        return Notice(
            name=f"digest:{rhythm}",
            subject=say[f"digest_{rhythm}_subject"].format(site=site.title),
            language=site.language,
            paragraphs=(say["digest_text"].format(site=site.title, start=dates[0], end=dates[1]),),
            button=say["welcome_home"],
            url=f"{site.base_url}/",
            member=True,
            sections=(Section(title=say["digest_out"], lines=tuple(lines)),),
            why=say[f"why_{rhythm}"].format(site=site.title),
            viewed=True,
        )

    def _facts(self, notice: Notice, marks: Sentinels) -> dict[str, object]:
        site, sender, say = self._site, self._sender, words(notice.language)
        url = notice.url or confirm_url(sender, marks.token(Field.CONFIRM))
        member = notice.member
        return {
            "entry": _Spoken(notice.language),
            "site": site,
            "say": say,
            "dir": direction(notice.language),
            "subject": notice.subject,
            "heading": notice.subject,
            "rule": "=" * min(len(notice.subject), 78),
            "kicker": "",
            "preheader": notice.paragraphs[0][:100],
            "padding": PADDING,
            "home": f"{site.base_url}/",
            "button": Way(title=notice.button, url=url),
            "picture": None,
            "paragraphs": notice.paragraphs,
            "sections": notice.sections,
            "body_text": "",
            "sign_off": "",
            "notice": "",
            "why": notice.why or say["why_member" if member else "why_notice"].format(site=site.title),
            "unsubscribe": unsubscribe_urls(sender, marks.token(Field.UNSUBSCRIBE))[0] if member else "",
            "preferences": preferences_url(sender, marks.token(Field.PREFERENCES)) if member else "",
            "view": view_url(sender, marks.token(Field.VIEW)) if notice.viewed else "",
        }

    def _asking(self, name: str) -> Notice:
        say, title = words(self._site.language), self._site.title
        return Notice(
            name=name,
            subject=say[f"{name}_subject"].format(site=title),
            language=self._site.language,
            paragraphs=(say[f"{name}_text"].format(site=title), say[f"{name}_ignore"]),
            button=say[f"{name}_link"],
        )

    def _goodbye(self) -> Notice:
        say, title = words(self._site.language), self._site.title
        return Notice(
            name="goodbye",
            subject=say["goodbye_subject"].format(site=title),
            language=self._site.language,
            paragraphs=(say["goodbye_text"].format(site=title), say["goodbye_back"]),
            button=say["goodbye_link"],
            url=f"{self._sender.web_url}/subscribe",
            why=say["why_goodbye"],
        )

    def _welcome(self, maps: Sequence[SeriesPage]) -> Notice:
        site, say = self._site, words(self._site.language)
        firsts = [self._line(_first(page), page.series.title) for page in maps if _first(page) is not None]
        return Notice(
            name="welcome",
            subject=say["welcome_subject"].format(site=site.title),
            language=site.language,
            paragraphs=(say["welcome_text"],),
            button=say["welcome_home"],
            url=f"{site.base_url}/",
            member=True,
            sections=_sections((say["welcome_start"], firsts)),
        )

    def _welcome_to(self, page: SeriesPage) -> Notice:
        site, language = self._site, page.language
        say, title = words(language), page.series.title
        out = [item for item in page.items if item.standing is Standing.OUT]
        coming = [item for item in page.items if item.standing is not Standing.OUT and item.title]
        first = _first(page)
        return Notice(
            name=f"welcome:{page.series.slug}",
            subject=say["welcome_series_subject"].format(series=title, site=site.title),
            language=language,
            paragraphs=(say["welcome_series_text"].format(series=title),),
            button=say["welcome_start" if first is not None and first.number == 1 else "welcome_home"],
            url=site.base_url + (first.path if first is not None else page.series.path),
            member=True,
            sections=_sections(
                (say["welcome_out"], [self._line(item) for item in out]),
                (say["welcome_coming"], [self._line(item) for item in coming]),
            ),
        )

    def _line(self, item: MapItem | None, series: str = "") -> NoticeLine:
        if item is None:
            raise ValueError("there is nothing to show")
        site = self._site
        title = item.title or words(site.language)["part"].format(n=item.number)
        out = item.standing is Standing.OUT
        date = long_date(item.at, site.zone, site.language) if item.at is not None and not out else ""
        return NoticeLine(
            title=f"{series}: {title}" if series else title,
            url=site.base_url + item.path if out else "",
            note=date,
        )


def _first(page: SeriesPage) -> MapItem | None:
    """The first part that is out."""
    return next((item for item in page.items if item.standing is Standing.OUT), None)


def _sections(*found: tuple[str, Sequence[NoticeLine]]) -> tuple[Section, ...]:
    return tuple(Section(title=title, lines=tuple(lines[:LISTED])) for title, lines in found if lines)
