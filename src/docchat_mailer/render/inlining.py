"""A letter's style sheet, inlined by premailer so that layout and dark mode stay and nothing is fetched.

Two sheets: the plain ``<style>`` is inlined and disappears; ``<style data-premailer="ignore">`` stays.
"""

from __future__ import annotations

import functools
import logging
import os

# premailer reads this once, at import: its cache is process-wide and does not renew what it holds.
os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "32")

import cssutils
from premailer import Premailer

from docchat_mailer.errors import ConfigError
from docchat_mailer.render.letter_shape import LOADS_MORE


class _OfflinePremailer(Premailer):  # type: ignore[misc]  # premailer has no types
    """Premailer whose style sheets fetch nothing: cssutils would follow ``@import`` by itself."""

    def _parse_css_string(self, css_body: str, validate: bool = True) -> object:  # noqa: FBT001, FBT002 - its signature
        return _parsed(css_body, validate=validate)


@functools.lru_cache(maxsize=8)
def _parsed(css_body: str, *, validate: bool) -> object:
    """The rules of a style sheet: every letter has the same one, and parsing it takes half of its time."""
    parser = cssutils.CSSParser(fetcher=_refuse, validate=validate, loglevel=logging.CRITICAL)
    return parser.parseString(css_body)


def _refuse(url: str) -> None:
    raise ConfigError(f"a letter's style sheet loads {url}", fix="write its rules into letter.css")


def inline(html: str) -> str:
    """*html* with sheet A in style attributes and sheet B as it was.

    Raises ConfigError where a template holds ``<link>``, ``<script>`` or ``@import``.
    """
    found = LOADS_MORE.search(html)
    if found:
        raise ConfigError(
            f"a letter's template holds {found.group()[-7:]}",
            why="mail programs drop it, and rendering would fetch it",
            fix="write the rules into letter.css or letter-head.css",
        )
    inliner = _OfflinePremailer(
        html,
        strip_important=False,
        allow_network=False,
        disable_link_rewrites=True,
        remove_classes=False,
        disable_basic_attributes=["width", "height", "bgcolor", "align", "valign"],
        cssutils_logging_level=logging.CRITICAL,
    )
    return str(inliner.transform(pretty_print=False))
