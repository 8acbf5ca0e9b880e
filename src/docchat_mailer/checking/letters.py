"""All findings about a letter: its size, its subject, its frame, and what the other modules here look for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from docchat_mailer.checking.colours import colour_findings
from docchat_mailer.checking.draft import Draft
from docchat_mailer.checking.links import image_findings, link_findings
from docchat_mailer.checking.support import support_findings
from docchat_mailer.checking.widths import width_findings
from docchat_mailer.checking.wording import heading_findings, placeholder_findings, vague_findings
from docchat_mailer.model.finding import Finding
from docchat_mailer.render.letters import MAX_HTML, size_of_html
from docchat_mailer.render.urls import absolute

NEARLY = MAX_HTML - 10 * 1024
"""Bytes of HTML from which a letter is nearly too long."""

SUBJECT = 70
"""Characters of a subject that a wide window shows."""

PREHEADER = range(40, 101)
"""Characters of the line after the subject."""

MAX_SHEET = 16 * 1024
"""Bytes of one style element that Gmail keeps."""

SHOUTED = 8
"""So many letters, all of them capitals, are no abbreviation."""

OPENING = 30
"""Characters of the text by which it is found again in the text part."""

_MARKS = re.compile(r"!!|\?!|!\?|\${2,}")
_ANSWER = re.compile(r"(?:re|fwd?|aw|wg)\s*:", re.IGNORECASE)


def letter_findings(draft: Draft) -> list[Finding]:
    """Everything that should be changed in *draft*, errors first."""
    found = [one for check in CHECKS for one in check(draft)]
    return sorted(found, key=lambda one: (list(_WEIGHTS).index(one.severity), one.code))


_WEIGHTS = ("error", "warning", "note")


def _size(draft: Draft) -> Iterator[Finding]:
    size = size_of_html(draft.html)
    if size > MAX_HTML:
        yield draft.finding("C304", f"the letter has {size // 1024} KB of HTML")
    elif size > NEARLY:
        yield draft.finding("C401", f"the letter has {size // 1024} KB of HTML")


def _subject(draft: Draft) -> Iterator[Finding]:
    subject = draft.subject
    if len(subject) > SUBJECT:
        yield draft.finding("C402", f"the subject has {len(subject)} characters")
    letters = [character for character in subject if character.isalpha()]
    if _MARKS.search(subject) or (len(letters) >= SHOUTED and all(letter.isupper() for letter in letters)):
        yield draft.finding("C403", f"the subject {subject!r} shouts")
    if _ANSWER.match(subject):
        yield draft.finding("C404", f"the subject {subject!r} looks like an answer")


def _preheader(draft: Draft) -> Iterator[Finding]:
    if draft.preheader is None:
        yield draft.finding("C405", "the letter does not begin with a hidden preheader")
    elif len(draft.preheader) not in PREHEADER:
        yield draft.finding("C405", f"the preheader has {len(draft.preheader)} characters")


def _frame(draft: Draft) -> Iterator[Finding]:
    root = draft.root
    missing = [f"'{name}' on <html>" for name in ("lang", "dir") if not root.get(name)]
    title = " ".join((root.findtext("head/title") or "").split())
    if title != " ".join(draft.subject.split()):
        missing.append("the subject as <title>")
    metas = [
        str(meta.get("name") or ("charset" if meta.get("charset") else "")) for meta in root.iter("meta")
    ]
    missing += [f"<meta> {name}" for name in ("charset", "viewport") if name not in metas]
    if missing:
        yield draft.finding("C422", f"the letter lacks {', '.join(missing)}")


def _text_part(draft: Draft) -> Iterator[Finding]:
    opening = "".join(absolute(draft.entry.text, draft.site.base_url).split())[:OPENING]
    said = "".join(draft.text.split())
    if not said:
        yield draft.finding("C423", "the text part is empty")
    elif opening not in said:
        yield draft.finding("C423", "the text part does not hold the text")


def _sheets(draft: Draft) -> Iterator[Finding]:
    for style in draft.root.iter("style"):
        size = len((style.text or "").encode())
        if size > MAX_SHEET:
            yield draft.finding("C419", f"a style element has {size // 1024} KB")


CHECKS: Sequence[Callable[[Draft], Iterator[Finding]]] = (
    _size,
    _subject,
    _preheader,
    _frame,
    _text_part,
    _sheets,
    image_findings,
    link_findings,
    placeholder_findings,
    vague_findings,
    heading_findings,
    colour_findings,
    width_findings,
    support_findings,
)
"""What is looked at, one check for each matter."""
