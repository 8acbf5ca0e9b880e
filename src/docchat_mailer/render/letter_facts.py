"""What letter templates are given: a document of plain names, every URL absolute."""

from __future__ import annotations

from dataclasses import dataclass, replace

from docchat_mailer.letter.fields import Field, Sentinels
from docchat_mailer.model.publication import Kind, Picture
from docchat_mailer.model.site import Sender, Site
from docchat_mailer.render.entries import OWN_BOX, folded
from docchat_mailer.render.letter_headers import preferences_url, unsubscribe_urls
from docchat_mailer.render.urls import absolute
from docchat_mailer.render.views import Entry, PromiseView
from docchat_mailer.render.words import direction, long_date, words

PREHEADER = range(40, 101)
"""Characters of the line a mail program shows after the subject."""
PADDING = "&#8199;&#847;&zwnj;" * 60
"""Blank characters that keep the letter's first words out of that line."""
CONTENT_WIDTH = 528
"""Pixels between the margins of a letter."""
MAIL_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})
"""What every mail program shows; the others stay on the web."""
LISTED = 12
"""How many earlier parts a letter links to besides the first; the series page has them all."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A link: its text and its absolute URL."""

    title: str
    url: str

    @property
    def label(self) -> str:
        """The text, where the link is a button."""
        return self.title


@dataclass(frozen=True, kw_only=True)
class PromiseLine:
    """A line of the promise box: *note* is the date, and *url* the part that kept it (or empty)."""

    topic: str
    note: str = ""
    url: str = ""


def letter_facts(entry: Entry, site: Site, sender: Sender, sentinels: Sentinels) -> dict[str, object]:
    """The context of every letter template but ``body``, which is HTML alone."""
    say, permalink = words(entry.language), site.base_url + entry.path
    said = folded(entry.text)
    return {
        "entry": entry,
        "site": site,
        "say": say,
        "dir": direction(entry.language),
        "subject": entry.title,
        "heading": entry.title,
        "rule": "=" * min(len(entry.title), 78),
        "kicker": _kicker(entry),
        "preheader": preheader(entry),
        "padding": PADDING,
        "home": f"{site.base_url}/",
        "permalink": permalink,
        "button": Way(title=say["read_on_web"], url=permalink),
        "read_on": Way(title=say["read_on"], url=permalink),
        "picture": _picture(entry, site),
        "body_text": absolute(entry.text, site.base_url).strip(),
        "promises": _promises(entry, site),
        "has_box": bool(OWN_BOX.search(entry.html)),
        "parts": _parts(entry, site),
        "sign_off": "" if folded(site.sign_off) in said else site.sign_off,
        "notice": "" if folded(site.notice) in said else site.notice,
        "why": sentinels.token(Field.WHY),
        "unsubscribe": unsubscribe_urls(sender, sentinels.token(Field.UNSUBSCRIBE))[0],
        "preferences": preferences_url(sender, sentinels.token(Field.PREFERENCES)),
    }


def _picture(entry: Entry, site: Site) -> Picture | None:
    """The lead picture at a letter's width; none where the text has it or mail programs cannot show it."""
    picture = entry.picture
    if picture is None or picture.url in entry.html or picture.type not in MAIL_PICTURES or not picture.width:
        return None
    width = min(picture.width, CONTENT_WIDTH)
    return replace(
        picture,
        url=absolute(picture.url, site.base_url),
        width=width,
        height=max(1, round(picture.height * width / picture.width)),
    )


def preheader(entry: Entry) -> str:
    """40 to 100 characters of the summary, cut between words; the prose helps out a short one."""
    line = " ".join(entry.summary.split())
    if len(line) < PREHEADER.start:
        line = " ".join(f"{line} {entry.text[:200]}".split())
    if len(line) < PREHEADER.stop:
        return line
    return line[: PREHEADER.stop - 2].rsplit(" ", 1)[0].rstrip(" ,;:–") + "…"


def _kicker(entry: Entry) -> str:
    """``Part 2 of 3``, as far as it is known; nothing above an announcement or a lone post."""
    if entry.series is None or entry.kind is not Kind.RELEASE:
        return ""
    say = words(entry.language)
    if entry.series.total is None:
        return say["part"].format(n=entry.number)
    return say["part_of"].format(n=entry.number, total=entry.series.total)


def _promises(entry: Entry, site: Site) -> list[PromiseLine]:
    """The promises as recorded at release; those the prose's own box tells fully are left out."""
    shown = entry.promises
    if OWN_BOX.search(entry.html):
        shown = tuple(promise for promise in shown if promise.due or promise.link)
    return [_promise(promise, entry, site) for promise in shown]


def _promise(promise: PromiseView, entry: Entry, site: Site) -> PromiseLine:
    say = words(entry.language)
    if promise.link is not None:
        return PromiseLine(topic=promise.topic, note=say["kept"], url=site.base_url + promise.link.path)
    if promise.due is not None:
        date = long_date(promise.due, site.zone, entry.language)
        return PromiseLine(topic=promise.topic, note=say["due_on"].format(date=date))
    return PromiseLine(topic=promise.topic, note=say["promised"])


def _parts(entry: Entry, site: Site) -> list[Way]:
    """The published parts, the first always among them; an announcement's come with it too."""
    links = entry.earlier
    if len(links) > LISTED + 1:
        links = (links[0], *links[-LISTED:])
    return [Way(title=link.title, url=site.base_url + link.path) for link in links]
