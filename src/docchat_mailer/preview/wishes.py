"""What the page asks for: which part, as what, for whom, in which light; all of it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from docchat_mailer.model.publication import Kind
from docchat_mailer.preview.readers import SAMPLES

VIEWS: Mapping[str, str] = {
    "letter": "Letter",
    "page": "Web page",
    "text": "Text",
    "headers": "Headers",
    "raw": "MIME",
    "atom": "Atom",
    "rss": "RSS",
    "json": "JSON",
}
"""The products of a part."""

KINDS: Mapping[str, str] = {Kind.RELEASE.value: "Release", Kind.ANNOUNCEMENT.value: "Announcement"}
COLOURS: Mapping[str, str] = {"light": "Light", "dark": "Dark", "inverted": "Inverted"}
IMAGES: Mapping[str, str] = {"on": "On", "off": "Off"}
PHONE, DESKTOP = 375, 640
NARROWEST, WIDEST = 280, 1200
"""Pixels that the frame may have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """One look at one part; what the address does not say, or says wrongly, is as a mail program begins."""

    part: str = ""
    view: str = "letter"
    kind: str = Kind.RELEASE.value
    colours: str = "light"
    images: str = "on"
    reader: str = "plain"
    width: int = DESKTOP

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wish:
        """The wish that a query states."""
        return cls(
            part=query.get("part", ""),
            view=_one_of(VIEWS, query.get("view")),
            kind=_one_of(KINDS, query.get("kind")),
            colours=_one_of(COLOURS, query.get("colours")),
            images=_one_of(IMAGES, query.get("images")),
            reader=_one_of(SAMPLES, query.get("reader")),
            width=_width(query.get("width", "")),
        )

    @property
    def query(self) -> str:
        """The wish as a query."""
        return urlencode(asdict(self))


def _one_of(known: Mapping[str, object], wanted: str | None) -> str:
    return wanted if wanted is not None and wanted in known else next(iter(known))


def _width(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(WIDEST))):
        return DESKTOP
    return min(max(int(text), NARROWEST), WIDEST)
