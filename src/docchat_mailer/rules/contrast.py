"""Contrast of two colours, by the formulas of WCAG 2.2 (relative luminance, contrast ratio)."""

from __future__ import annotations

import re

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)

ENOUGH = 4.5
"""The ratio text needs (WCAG 2.2, 1.4.3, level AA)."""

ENOUGH_LARGE = 3.0
"""The ratio large text needs: from 24 px, or from 18.66 px if it is bold."""

NAMES = {
    "black": BLACK,
    "white": WHITE,
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "lightgray": (211, 211, 211),
    "lightgrey": (211, 211, 211),
    "darkgray": (169, 169, 169),
    "darkgrey": (169, 169, 169),
    "navy": (0, 0, 128),
    "orange": (255, 165, 0),
    "purple": (128, 0, 128),
    "teal": (0, 128, 128),
    "maroon": (128, 0, 0),
    "olive": (128, 128, 0),
}
"""The named colours that letters use; others count as unknown."""

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)")


def colour_of(text: str) -> Colour | None:
    """The colour a CSS value names, or None where it is none, is transparent or is not known."""
    value = text.strip().lower()
    if _HEX.fullmatch(value):
        digits = value[1:] if len(value) > len("#fff") else "".join(digit * 2 for digit in value[1:])
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    found = _RGB.fullmatch(value)
    if found:
        red, green, blue = (min(255, int(number)) for number in found.groups())
        return red, green, blue
    return NAMES.get(value)


def shown(colour: Colour) -> str:
    """``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def luminance(colour: Colour) -> float:
    """The relative luminance, 0 for black to 1 for white."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio, 1 (alike) to 21 (black on white)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _linear(channel: float) -> float:
    """One sRGB channel as light (IEC 61966-2-1)."""
    if channel <= 0.04045:  # noqa: PLR2004 - the knee of the curve
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)
