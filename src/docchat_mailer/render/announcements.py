"""What an announcement says, as page and feed show it: which part comes, when, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment

from docchat_mailer.model.publication import SITE_ROOT
from docchat_mailer.model.site import Site
from docchat_mailer.render.words import long_date


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """A part about to come: *due* is its slot as it stands now."""

    series_title: str
    series_path: str
    title: str
    summary: str
    due: datetime
    language: str


class AnnouncementWriter:
    """Writes the bodies of announcements from the templates under ``entries/``."""

    def __init__(self, environment: Environment, site: Site) -> None:
        self._environment, self._site = environment, site

    def title(self, title: str, due: datetime, language: str) -> str:
        """The announcement's own title, from the site's form of it."""
        date = long_date(due, self._site.zone, language)
        return self._site.announcement_title.format(date=date, title=title)

    def body(self, coming: Coming) -> tuple[str, str]:
        """The announcement's HTML and plain text, both with site URLs under ``SITE_ROOT``."""
        facts = {
            "site": self._site,
            "coming": coming,
            "series_url": f"{SITE_ROOT}{coming.series_path}",
        }
        html = self._environment.get_template("entries/announcement.html").render(facts)
        text = self._environment.get_template("entries/announcement.txt").render(facts)
        return html, text
