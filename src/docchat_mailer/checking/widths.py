"""Whether a letter stays within a phone: fixed widths, words that cannot break, tables with many columns.

A static rule: widths are taken from styles and attributes, and those of words are estimated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from docchat_mailer.checking.draft import SILENT, Draft, is_hidden, named, own_text
from docchat_mailer.checking.sheets import Declared, declarations
from docchat_mailer.model.finding import Finding

PHONE = 375
"""Pixels of a narrow screen that is common."""

COLUMN = PHONE - 40
"""Pixels that the text has on it, between margins of 20."""

LETTER, MONOSPACED = 0.5, 0.6
"""Width of an average character as a share of the font size."""

_PIXELS = re.compile(r"([\d.]+)px")
_BREAKS = re.compile("[\\s\u00ad\u200b/?-]+|[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")
_WHOLE = frozenset({"nowrap", "pre"})
_ANYWHERE = frozenset({"anywhere", "break-word", "break-all"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """How text is set in one place: pixels of its font, and whether words may be broken anywhere."""

    size: float = 16.0
    share: float = LETTER
    anywhere: bool = False
    whole_lines: bool = False

    def width(self, text: str) -> float:
        """Pixels of the widest piece of *text* that stays together."""
        if self.anywhere and not self.whole_lines:
            return self.size * self.share
        pieces = text.split("\n") if self.whole_lines else _BREAKS.split(text)
        return max((len(piece.strip()) for piece in pieces), default=0) * self.size * self.share


def width_findings(draft: Draft) -> Iterator[Finding]:
    """What would make a phone scroll sideways, each kind once."""
    told: set[str] = set()
    for element, setting in _settings(draft.root, Setting()):
        for code, what in _too_wide(element, setting):
            if what not in told:
                told.add(what)
                yield draft.finding(code, what)


def _too_wide(element: etree._Element, setting: Setting) -> Iterator[tuple[str, str]]:
    fixed = _fixed_width(element)
    if fixed > PHONE:
        yield "C415", f"{named(element)} is {fixed:g} pixels wide"
    if element.tag == "table" and element.get("role") != "presentation":
        columns, needed = _needed(element, setting)
        if needed > COLUMN:
            yield "C417", f"a table of {columns} columns needs {needed:.0f} pixels"
    text = own_text(element)
    if setting.width(text) > COLUMN and not _in_table(element):
        widest = max(_BREAKS.split(text), key=len)
        yield "C416", f"{widest[:60]!r} needs {setting.width(text):.0f} pixels without a break"


def _in_table(element: etree._Element) -> bool:
    """Whether a table with data holds it; then the table is judged as a whole."""
    return any(
        above.tag == "table" and above.get("role") != "presentation" for above in element.iterancestors()
    )


def _fixed_width(element: etree._Element) -> float:
    """Pixels that the element takes whatever the screen has; 0 where it gives way."""
    style = declarations(element.get("style", ""))
    least = _pixels(style, "min-width")
    if "max-width" in style and (_pixels(style, "max-width") or 0) <= PHONE:
        return least
    if "width" in style:
        return max(least, _pixels(style, "width"))
    width = element.get("width", "") if element.tag in ("table", "td", "th", "img") else ""
    return max(least, float(width) if width.isdigit() else 0)


def _pixels(style: Mapping[str, Declared], name: str) -> float:
    found = _PIXELS.fullmatch(style[name].value) if name in style else None
    return float(found[1]) if found else 0.0


def _settings(parent: etree._Element, above: Setting) -> Iterator[tuple[etree._Element, Setting]]:
    for element in parent.iterchildren("*"):
        if element.tag not in SILENT and not is_hidden(element):
            here = _set(element, above)
            yield element, here
            yield from _settings(element, here)


def _set(element: etree._Element, above: Setting) -> Setting:
    style = declarations(element.get("style", ""))
    here = above
    if size := _pixels(style, "font-size"):
        here = replace(here, size=size)
    if element.tag in ("pre", "code", "kbd", "samp"):
        here = replace(here, share=MONOSPACED)
    breaking = {style[name].value for name in ("overflow-wrap", "word-wrap", "word-break") if name in style}
    if breaking:
        here = replace(here, anywhere=bool(breaking & _ANYWHERE))
    if "white-space" in style:
        here = replace(here, whole_lines=style["white-space"].value in _WHOLE)
    elif element.tag == "pre":
        here = replace(here, whole_lines=True)
    return here


def _needed(table: etree._Element, setting: Setting) -> tuple[int, float]:
    """Columns of a table and the pixels they need at least."""
    columns: dict[int, float] = {}
    for row in table.iter("tr"):
        for index, cell in enumerate(row.iterchildren("td", "th")):
            columns[index] = max(columns.get(index, 0), _cell(cell, setting))
    return len(columns), sum(columns.values())


def _cell(cell: etree._Element, above: Setting) -> float:
    here = _set(cell, above)
    inner = (setting.width(own_text(element)) for element, setting in _settings(cell, here))
    return max((here.width(own_text(cell)), *inner)) + _padding(declarations(cell.get("style", "")))


def _padding(style: Mapping[str, Declared]) -> float:
    """Left and right padding together."""
    sides = (
        [float(number) for number in _PIXELS.findall(style["padding"].value)] if "padding" in style else []
    )
    if not sides:
        return 0.0
    right = sides[1] if len(sides) > 1 else sides[0]
    return right + (sides[3] if len(sides) > 3 else right)  # noqa: PLR2004 - top, right, bottom, left
