"""Words of a letter: notes to oneself, template marks, link texts, headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from lxml import html as lxml_html

from docchat_mailer.checking.draft import Draft, in_code, own_text
from docchat_mailer.model.finding import Finding

PLACEHOLDER = re.compile(r"\bTK\b|\bTODO\b|\bFIXME\b|\b[Ll]orem [Ii]psum\b")
"""What a writer puts where words are still to come."""

TEMPLATE_MARK = re.compile(r"\{\{|\{%")
"""The beginning of what another program's template would fill in."""

VAGUE = frozenset(
    {
        "here", "click here", "click", "read more", "more", "this", "this link", "link", "learn more",
        "hier", "hier klicken", "mehr", "weiterlesen", "ici", "cliquez ici", "en savoir plus",
    }
)  # fmt: skip
"""Link texts that tell nothing by themselves."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}


def placeholder_findings(draft: Draft) -> Iterator[Finding]:
    """Notes to oneself and template marks, outside of code; the text's own notes are told with its line."""
    marked = TEMPLATE_MARK.search(f"{draft.subject}\n{draft.words}")
    if marked:
        yield draft.finding("C411", f"the letter holds {marked[0]!r}")
    told_already = set(PLACEHOLDER.findall(_words_of(draft.entry.html)))
    subject = set(PLACEHOLDER.findall(draft.subject))
    elsewhere = set(PLACEHOLDER.findall(f"{draft.preheader or ''}\n{draft.words}")) - told_already - subject
    for word in sorted(subject):
        yield draft.finding("C410", f"the subject holds {word!r}")
    for word in sorted(elsewhere):
        yield draft.finding("C410", f"the letter holds {word!r}")


def _words_of(html: str) -> str:
    """The text of a piece of HTML without its code."""
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    return "\n".join(own_text(element) for element in root.iter("*") if not in_code(element))


def vague_findings(draft: Draft) -> Iterator[Finding]:
    """Links whose words say nothing."""
    for element in draft.elements:
        if element.tag == "a" and element.get("href"):
            words = " ".join("".join(str(piece) for piece in element.itertext()).split())
            if words.casefold().strip(" .…»→>") in VAGUE:
                yield draft.finding("C424", f"the text of a link is {words!r}")


def heading_findings(draft: Draft) -> Iterator[Finding]:
    """A heading that leaves out a level, or a second first one."""
    fault = misplaced([str(element.tag) for element in draft.elements if element.tag in HEADINGS])
    if fault:
        yield draft.finding("C426", fault)


def misplaced(tags: list[str]) -> str:
    """What is wrong with the order of headings (``h1``, ``h2`` ...), or nothing."""
    levels = [HEADINGS[tag] for tag in tags]
    if not levels or levels[0] != 1:
        return f"the first heading is <{tags[0]}>" if tags else "there is no heading"
    if levels.count(1) > 1:
        return f"there are {levels.count(1)} first headings (<h1>)"
    for above, below in pairwise(levels):
        if below > above + 1:
            return f"<h{below}> follows <h{above}>"
    return ""
