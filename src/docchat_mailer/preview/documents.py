"""What stands in the frame: a product of a part as a document that runs nothing and fetches nothing.

A letter and a page are shown as they are but for three things: their dark half is switched on or off by
hand, images of the post come from the preview itself, and links lead nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from functools import cached_property

from docchat_mailer.delivery.addressing import Envelope
from docchat_mailer.errors import FileError
from docchat_mailer.model.delivery import DeliveryId
from docchat_mailer.model.publication import FOLLOWERS
from docchat_mailer.model.slugs import slugify
from docchat_mailer.preview.mirror import Setting
from docchat_mailer.preview.readers import SAMPLES, why
from docchat_mailer.preview.stage import Stage
from docchat_mailer.preview.wishes import Wish
from docchat_mailer.render.letter_facts import preheader
from docchat_mailer.render.preview_page import headers_document, text_document
from docchat_mailer.render.site import stylesheet
from docchat_mailer.render.views import FeedFormat
from docchat_mailer.render.words import words

FEEDS: Mapping[str, FeedFormat] = {
    "atom": FeedFormat.ATOM,
    "rss": FeedFormat.RSS,
    "json": FeedFormat.JSON,
}
INVERSION = (
    "<style>html{background:#fff!important;filter:invert(1) hue-rotate(180deg)}"
    "img,video,picture>img{filter:invert(1) hue-rotate(180deg)}</style>"
)
"""What mail programs do that turn light letters dark by force: all but the pictures."""

LINKS_LEAD_NOWHERE = '<base target="_blank">'
"""A new window is what the frame's sandbox does not allow."""

_STYLE = re.compile(r"(<style[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_LIGHT = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)")
_SCHEME = re.compile(r"(?<![-\w])color-scheme\s*:\s*[a-z ]+")
_META = re.compile(r'(<meta name="(?:supported-)?color-schemes?" content=")[^"]*')
_SHEET = re.compile(r'<link rel="stylesheet" href="[^"]*">')
_FETCHED = re.compile(r'<link rel="(?:icon|alternate|canonical|prev|next)"[^>]*>\n?')
_FRAGMENT = re.compile(r'(<a (?:[^>]*? )?)(href="#)')
_HEAD_END = re.compile(r"</head>", re.IGNORECASE)
_FOLD = re.compile(r"\r\n(?=[ \t])")
ALWAYS, NEVER = "(min-width:0)", "(max-width:0)"


@dataclass(frozen=True)
class Copy:
    """One reader's copy of a part that is set."""

    stage: Stage
    setting: Setting
    wish: Wish

    @cached_property
    def message(self) -> bytes:
        """The message that the sample reader would get, byte for byte."""
        proof, spot, stage = self.setting.galley.proof, self.setting.spot, self.stage
        entry, root = proof.entry, self.setting.galley.root
        envelope = Envelope(
            compiled=self.setting.letter.compiled,
            plain=None,
            edition_key=f"{entry.id}|{FOLLOWERS}",
            root=f"{root}|{FOLLOWERS}" if root and stage.sender.keeps_ids else "",
            series=spot.series.slug,
            tags=tuple(slugify(tag) for tag in entry.tags),
            key=stage.key,
            sender=stage.sender,
            why=why(words(entry.language), stage.press.site.title, spot.series),
        )
        reader = SAMPLES[self.wish.reader].subscriber(spot.series)
        return envelope.addressed_to(DeliveryId(0, reader.id), reader, entry.published).message

    @cached_property
    def parsed(self) -> EmailMessage:
        """The message as a mail program reads it."""
        return message_from_bytes(self.message, policy=policy.default)

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        """The header fields as they are sent, unfolded."""
        head = self.message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        lines = (line.partition(":") for line in _FOLD.sub("", head).split("\r\n"))
        return [(name, value.strip()) for name, _, value in lines]

    def field(self, name: str) -> str:
        """A header field as it is read."""
        return next((decoded(value) for each, value in self.fields if each == name), "")

    @property
    def preheader(self) -> str:
        """The line a mail program shows after the subject."""
        return preheader(self.setting.galley.proof.entry)

    def document(self) -> str:
        """The document that is wished for."""
        return _MAKERS.get(self.wish.view, _feed)(self)

    def body(self, subtype: str) -> str:
        """The text or the HTML of the message."""
        part = self.parsed.get_body((subtype,))
        if part is None:
            raise FileError(f"the letter has no {subtype} part")
        return str(part.get_content())


def decoded(value: str) -> str:
    """A header field with its encoded-words read (RFC 2047); neighbouring words are one (section 6.2)."""
    return str(make_header(decode_header(value)))


def _letter(copy: Copy) -> str:
    return _staged(copy, copy.body("html"))


def _page(copy: Copy) -> str:
    made = copy.setting.galley.proof.page().decode()
    style = stylesheet().decode()
    made = _SHEET.sub(lambda _: f"<style>{style}</style>", _FETCHED.sub("", made), count=1)
    return _staged(copy, made)


def _text(copy: Copy) -> str:
    return text_document(copy.body("plain"), copy.wish.colours, wrapped=True)


def _raw(copy: Copy) -> str:
    return text_document(copy.message.decode("utf-8", "replace"), copy.wish.colours, wrapped=False)


def _headers(copy: Copy) -> str:
    fields = [(name, value, decoded(value)) for name, value in copy.fields]
    return headers_document(fields, copy.wish.colours)


def _feed(copy: Copy) -> str:
    made = copy.setting.galley.proof.feed(FEEDS[copy.wish.view])
    return text_document(made.decode(), copy.wish.colours, wrapped=True)


_MAKERS: Mapping[str, Callable[[Copy], str]] = {
    "letter": _letter,
    "page": _page,
    "text": _text,
    "raw": _raw,
    "headers": _headers,
}


def _staged(copy: Copy, html: str) -> str:
    """*html* in the colours that are wished for, its images from here, its links without effect."""
    html = _with_own_images(html, copy.stage.press.site.base_url)
    html = _FRAGMENT.sub(r'\1target="_self" \2', html)
    scheme = "dark" if copy.wish.colours == "dark" else "light"
    html = _STYLE.sub(lambda style: f"{style[1]}{_in_scheme(style[2], scheme)}{style[3]}", html)
    html = _META.sub(rf"\g<1>{scheme}", html)
    added = LINKS_LEAD_NOWHERE + (INVERSION if copy.wish.colours == "inverted" else "")
    at = _HEAD_END.search(html)
    return f"{html[: at.start()]}{added}{html[at.start() :]}" if at else added + html


def _in_scheme(css: str, scheme: str) -> str:
    """*css* as if the reader's system were in that colour *scheme*."""
    dark, light = (ALWAYS, NEVER) if scheme == "dark" else (NEVER, ALWAYS)
    return _SCHEME.sub(f"color-scheme:{scheme}", _LIGHT.sub(light, _DARK.sub(dark, css)))


def _with_own_images(html: str, base_url: str) -> str:
    """*html* with the images of the post at the preview's own address."""
    return re.sub(
        rf'( src=")(?:{re.escape(base_url)}/|(?:\.\./)+|\./|/)(media/[0-9a-f]{{16}}/)', r"\1/\2", html
    )
