"""Colours of a letter, light and dark: what is read on what, computed from the inlined styles.

Dark is what ``@media (prefers-color-scheme: dark)`` makes of it; grounds that are pictures are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from docchat_mailer.checking.draft import SILENT, Draft, is_hidden, named, own_text
from docchat_mailer.checking.sheets import Declared, Sheet, declarations
from docchat_mailer.model.finding import Finding
from docchat_mailer.rules.contrast import (
    BLACK,
    ENOUGH,
    ENOUGH_LARGE,
    WHITE,
    Colour,
    colour_of,
    contrast,
    shown,
)

SMALLEST = 14
"""Pixels of the smallest text."""

LARGE, LARGE_BOLD = 24.0, 18.66
"""Pixels from which text counts as large."""

BOLD = 600
"""The font-weight from which text counts as bold."""

LINK: Colour = (0, 0, 238)
"""What a link looks like where nothing is said."""

_SIZE = re.compile(r"([\d.]+)(px|pt)")
_PIXELS = {"px": 1.0, "pt": 4 / 3}
_PAINTED = re.compile(r"url\(|gradient\(")


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How text looks in one place; *ground* None is a picture, or not known."""

    ink: Colour | None = BLACK
    ground: Colour | None = WHITE
    size: float = 16.0
    bold: bool = False

    @property
    def ratio(self) -> float | None:
        """The contrast of ink and ground, where both are known."""
        return None if self.ink is None or self.ground is None else contrast(self.ink, self.ground)

    @property
    def is_readable(self) -> bool:
        """Whether the contrast is enough for text of this size (WCAG 2.2, 1.4.3)."""
        large = self.size >= LARGE or (self.bold and self.size >= LARGE_BOLD)
        return self.ratio is None or self.ratio >= (ENOUGH_LARGE if large else ENOUGH)


def colour_findings(draft: Draft) -> Iterator[Finding]:
    """Text that cannot be read in light or dark, that stays black, or that is small; each kind once."""
    dark = Sheet([rule for rule in draft.rules if "prefers-color-scheme:dark" in rule.under.replace(" ", "")])
    told: set[tuple[str, str]] = set()
    for one in _judged(draft, dark):
        key = (one.code, one.what)
        if key not in told:
            told.add(key)
            yield one


def _judged(draft: Draft, dark: Sheet) -> Iterator[Finding]:
    for element, light, night in _looks(draft.root, dark, Look(), Look()):
        if not own_text(element).strip():
            continue
        if not light.is_readable:
            yield draft.finding("C412", _told(element, light))
        stays_black = night.ink == BLACK and "color" in declarations(element.get("style", ""))
        if stays_black and not (dark and night.is_readable):
            yield draft.finding("C414", f"{named(element)} is black in the dark too")
        elif dark and not night.is_readable:
            yield draft.finding("C413", _told(element, night))
        if light.size < SMALLEST:
            yield draft.finding("C427", f"{named(element)} has text of {light.size:g} px")


def _told(element: etree._Element, look: Look) -> str:
    ink, ground, ratio = look.ink or BLACK, look.ground or WHITE, look.ratio or 0
    return f"{named(element)} is {shown(ink)} on {shown(ground)}, {ratio:.1f} to 1"


def _looks(
    parent: etree._Element, dark: Sheet, light: Look, night: Look
) -> Iterator[tuple[etree._Element, Look, Look]]:
    """Every element that is shown with its look in light and in dark."""
    for element in parent.iterchildren("*"):
        if element.tag in SILENT or is_hidden(element):
            continue
        inline = declarations(element.get("style", ""))
        here = _look(element, inline, light)
        there = _look(element, _over(inline, dark.meant_for(element)), night)
        yield element, here, there
        yield from _looks(element, dark, here, there)


def _over(inline: Mapping[str, Declared], sheet: Mapping[str, Declared]) -> Mapping[str, Declared]:
    """What counts: an important value of the sheet, else the style attribute, else the sheet."""
    winning = {
        name: one
        for name, one in sheet.items()
        if name not in inline or (one.important and not inline[name].important)
    }
    if "background-color" in winning and "background" in inline:
        return {name: one for name, one in inline.items() if name != "background"} | winning
    return {**inline, **winning}


def _look(element: etree._Element, style: Mapping[str, Declared], above: Look) -> Look:
    look = above
    if element.tag == "a" and element.get("href"):
        look = replace(look, ink=LINK)
    if element.tag in ("b", "strong", "th") or re.fullmatch(r"h[1-6]", str(element.tag)):
        look = replace(look, bold=True)
    attribute = colour_of(element.get("bgcolor", ""))
    if attribute is not None:
        look = replace(look, ground=attribute)
    for name in ("background", "background-color"):
        if name in style:
            look = replace(look, ground=_ground(style[name].value, look.ground))
    if "color" in style:
        value = style["color"].value
        look = replace(look, ink=above.ink if value == "inherit" else colour_of(value))
    return _font(style, look)


def _ground(value: str, below: Colour | None) -> Colour | None:
    if _PAINTED.search(value):
        return None
    if value in ("none", "transparent", "inherit", "initial"):
        return below
    found = (colour_of(word) for word in re.split(r"\s+(?![^(]*\))", value))
    return next((colour for colour in found if colour is not None), None)


def _font(style: Mapping[str, Declared], look: Look) -> Look:
    size = _SIZE.fullmatch(style["font-size"].value) if "font-size" in style else None
    if size:
        look = replace(look, size=float(size[1]) * _PIXELS[size[2]])
    if "font-weight" in style:
        weight = style["font-weight"].value
        heavy = weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= BOLD)
        look = replace(look, bold=heavy)
    return look
