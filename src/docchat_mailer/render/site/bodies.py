"""Bodies made fit for a page: headings that nest, ids that are met once, boxes that scroll by keyboard.

The HTML is sanitised: balanced, attributes double-quoted, and ``<`` in text always escaped.
"""

from __future__ import annotations

import re
from html import escape

_HEADING = re.compile(r"<(/?)h([1-6])\b")
_OWN_BOX = re.compile(r'<[a-z][^<>]*\bclass="[^"]*\bstay-tuned\b')
_TAG = re.compile(r'<[a-z](?:[^>"]|"[^"]*")*>')
_NAMED = re.compile(r' (id="|href="#)')
_DEEPEST = 6


def nested(html: str, top: int) -> str:
    """*html* with its headings starting at level *top*, none skipping a level."""
    above: list[int] = []
    level = top

    def renamed(tag: re.Match[str]) -> str:
        nonlocal level
        if not tag[1]:
            rank = int(tag[2])
            while above and above[-1] >= rank:
                above.pop()
            above.append(rank)
            level = min(_DEEPEST, top + len(above) - 1)
        return f"<{tag[1]}h{level}"

    return _HEADING.sub(renamed, html)


def prefixed(html: str, prefix: str) -> str:
    """*html* with *prefix* before every id and every link to one: several bodies may share a page."""
    return _TAG.sub(lambda tag: _NAMED.sub(lambda name: f" {name[1]}{prefix}", tag[0]), html)


def scrollable(html: str, table: str) -> str:
    """*html* with wide code and tables in boxes that the keyboard can reach (WCAG 2.2, 2.1.1).

    *table* is what such a box is called.
    """
    opening = f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(table)}"><table'
    html = re.sub(r"<pre\b", '<pre tabindex="0"', html)
    html = re.sub(r"<table\b", opening, html)
    return html.replace("</table>", "</table></div>")


def has_own_box(html: str) -> bool:
    """Whether the text says by itself what is to come."""
    return bool(_OWN_BOX.search(html))


def says(text: str, phrase: str) -> bool:
    """Whether *text* has *phrase* already, whatever its spacing and case."""
    return _folded(phrase) in _folded(text)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
