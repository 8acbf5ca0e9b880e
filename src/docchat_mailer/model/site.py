"""What is true of the whole site, as plain values: the settings that readers can see."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The site as readers see it; *base_url* is absolute and has no final slash.

    *door* is where readers sign up, likewise; empty where they cannot.
    """

    title: str
    base_url: str
    language: str
    zone: ZoneInfo
    author: str
    postal_address: str
    subtitle: str = ""
    part_title: str = "{series} Part {n} – {title}"
    announcement_title: str = "Coming {date}: {title}"
    tag_title: str = "Tag Archives: {tag}"
    sign_off: str = ""
    notice: str = ""
    privacy_url: str = ""
    rights: str = ""
    icon: str = ""
    hub: str = ""
    feed_aliases: tuple[str, ...] = ()
    feed_entries: int = 30
    archive_block: int = 100
    show_overdue: bool = False
    door: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who the letters are from, and where their links point.

    *web_url* is where unsubscribe and preference links live (no final slash); empty while no endpoint
    answers, and then *unsubscribe_mailto* is the only way out.  *domain* is what Message-IDs and List-Id
    are made under; *bounce_domain* takes what comes back, and where it is empty the sender's address does.
    """

    name: str
    address: str
    reply_to: str
    domain: str
    list_name: str
    web_url: str
    unsubscribe_mailto: str = ""
    keeps_ids: bool = True
    bounce_domain: str = ""
