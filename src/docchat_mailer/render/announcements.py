"""What an announcement says, as page and feed show it: which part comes, when, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment

from docchat_mailer.model.publication import SITE_ROOT
from docchat_mailer.model.site import Site


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """A part about to come: *due* is its slot as it stands now."""

    series_title: str
    series_path: str
    title: str
    summary: str
    due: datetime
    language: str


def announcement_body(environment: Environment, site: Site, coming: Coming) -> tuple[str, str]:
    """The announcement's HTML and plain text, both with site URLs under ``SITE_ROOT``."""
    facts = {"site": site, "coming": coming, "series_url": f"{SITE_ROOT}{coming.series_path}"}
    html = environment.get_template("entries/announcement.html").render(facts)
    text = environment.get_template("entries/announcement.txt").render(facts)
    return html, text
