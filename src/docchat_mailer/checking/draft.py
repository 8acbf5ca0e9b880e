"""A letter as it is looked at before it is frozen: its parts, its tree, and findings about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree, html as lxml_html

from docchat_mailer.checking.sheets import Rule, declarations, rules_of
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source
from docchat_mailer.model.site import Site
from docchat_mailer.render.views import Entry

CODE = frozenset({"code", "pre", "kbd", "samp"})
"""Elements whose text is meant as it stands."""

SILENT = frozenset({"head", "style", "script", "title"})
"""Elements that show nothing."""

_PADDING = re.compile("[\\s\u2007\u034f\u200c\u00ad\ufeff]+")


@dataclass(frozen=True)
class Draft:
    """The letter of *entry*; findings about it are told at *source*, for *series* and *part*."""

    subject: str
    html: str
    text: str
    entry: Entry
    site: Site
    source: Source
    series: str = ""
    part: int | None = None

    def finding(self, code: str, what: str, **fill: str) -> Finding:
        """A finding about this letter."""
        return finding(code, self.source, what, series=self.series, part=self.part, **fill)

    @cached_property
    def root(self) -> etree._Element:
        """The HTML as a tree."""
        return lxml_html.document_fromstring(self.html)

    @cached_property
    def elements(self) -> tuple[etree._Element, ...]:
        """Every element that shows something, in order; conditional comments are none."""
        return tuple(_shown(self.root))

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that stay in the letter's style elements."""
        return tuple(rule for style in self.root.iter("style") for rule in rules_of(style.text or ""))

    @cached_property
    def preheader(self) -> str | None:
        """The hidden text at the very beginning, without its padding; None where there is none."""
        body = self.root.find("body")
        first = next(_children(body), None) if body is not None else None
        if first is None or not is_hidden(first):
            return None
        return _PADDING.sub(" ", "".join(str(piece) for piece in first.itertext())).strip()

    @cached_property
    def words(self) -> str:
        """All that is read in the HTML but code, a line for each element."""
        pieces = (own_text(element) for element in self.elements if not in_code(element))
        return "\n".join(piece for piece in pieces if piece.strip())


def _shown(root: etree._Element) -> Iterator[etree._Element]:
    for child in _children(root):
        if child.tag not in SILENT and not is_hidden(child):
            yield child
            yield from _shown(child)


def _children(element: etree._Element) -> Iterator[etree._Element]:
    """The elements directly in *element*; comments are none."""
    return element.iterchildren("*")


def is_hidden(element: etree._Element) -> bool:
    """Whether its own style hides *element* and all that is in it."""
    declared = declarations(element.get("style", "")).get("display")
    return declared is not None and declared.value == "none"


def in_code(element: etree._Element) -> bool:
    """Whether *element* is code, or stands in it."""
    return element.tag in CODE or any(above.tag in CODE for above in element.iterancestors())


def own_text(element: etree._Element) -> str:
    """The text that stands directly in *element*, not in its children."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def named(element: etree._Element) -> str:
    """``<p class="foot">``, as it would be looked for."""
    kind = element.get("class")
    return f'<{element.tag} class="{kind}">' if kind else f"<{element.tag}>"
