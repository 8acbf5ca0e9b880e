"""Pages that are made when they are asked for: signing up, confirming, choosing, leaving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment

from docchat_mailer.model.site import Site
from docchat_mailer.model.subscriber import Subscriber
from docchat_mailer.render.feeds.characters import clean
from docchat_mailer.render.site.heads import Head
from docchat_mailer.render.site.styles import STYLESHEET_PATH
from docchat_mailer.render.words import words


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """A form of one button: where it leads, what stands on it, and the fields it sends along."""

    action: str
    button: str
    hidden: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TieLine:
    """A line of the preferences: one thing that can be followed, and how it is."""

    name: str
    label: str
    state: str
    rhythm: str


class WebPages:
    """Writes them in the site's language, with the site's look; none of them is for search engines."""

    def __init__(self, environment: Environment, site: Site) -> None:
        self._environment, self._site = environment, site
        self._root = urlsplit(site.base_url).path.rstrip("/") + "/"
        self.say = words(site.language)

    def message(
        self,
        name: str,
        *,
        ask: Ask | None = None,
        others: Sequence[Ask] = (),
        onward: str = "",
        onward_label: str = "",
    ) -> str:
        """The page called *name* in the phrases: its heading, its words, its buttons; *others* are lesser."""
        intro = self.say[f"{name}_intro"].format(site=self._site.title)
        return self._page(
            "message",
            self.say[name],
            intro=intro,
            button=ask.button if ask else "",
            action=ask.action if ask else "",
            hidden=ask.hidden if ask else (),
            others=others,
            others_intro=self.say.get(f"{name}_others", ""),
            onward=onward or self._root,
            onward_label=onward_label or self.say["to_home"],
        )

    def sign_up(self, action: str, series: Sequence[tuple[str, str]], chosen: str) -> str:
        """The form for an address; *series* are slugs with titles, *chosen* one of them or ``*``."""
        say = self.say
        choices = [("*", say["sign_up_site"].format(site=self._site.title))]
        choices += [(slug, say["sign_up_series"].format(series=title)) for slug, title in series]
        known = {value for value, _ in choices}
        picked = chosen if chosen in known else "*"
        return self._page("sign_up", say["sign_up"], action=action, choices=choices, chosen=picked)

    def preferences(
        self,
        person: Subscriber,
        ties: Sequence[TieLine],
        *,
        action: str,
        leave: str,
        zone: ZoneInfo,
        told: str = "",
        faults: Sequence[str] = (),
    ) -> str:
        """All that a person may change; *zone* is where they are."""
        until = person.paused_until
        return self._page(
            "preferences",
            self.say["preferences"],
            person=person,
            ties=ties,
            paused_until=until.astimezone(zone).date().isoformat() if until else "",
            action=action,
            leave=leave,
            told=told,
            faults=faults,
        )

    def _page(self, name: str, heading: str, **facts: object) -> str:
        site = self._site
        head = Head(
            title=f"{heading} · {site.title}",
            heading=heading,
            description=heading,
            language=site.language,
            canonical="",
            root=self._root,
            robots="noindex",
        )
        icon = site.icon if not site.icon.startswith("/") else self._root + site.icon[1:]
        return clean(
            self._environment.get_template(f"web/{name}.html").render(
                site=site,
                head=head,
                root=self._root,
                say=self.say,
                style=self._root + STYLESHEET_PATH[1:],
                icon=icon,
                **facts,
            )
        )
