"""What a second reader would mark: promises without a key, odd spaces, quotes, notes to oneself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from markdown_it.tree import SyntaxTreeNode

from docchat_mailer.content.plaintext import words_of
from docchat_mailer.content.sanitise import LEFT_OUT
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Part, Source

CLOSING = 3
"""So many paragraphs at the end are looked through for a promise."""

FEW = 10
"""So many findings of one kind are told for one file."""

_STAY_TUNED = re.compile(r"\bstay tuned\b(?:\s+for\s+([^.!?;]{3,120}))?", re.IGNORECASE)
_NEXT_TIME = re.compile(r"\b(?:next time|in the next (?:part|letter|post))\b", re.IGNORECASE)
_IN_PART = re.compile(r"\bin part (\d{1,3})\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\bTK\b|\bTODO\b|\bFIXME\b|\b[Ll]orem [Ii]psum\b|\{\{|\{%")
_STRAIGHT = re.compile(r'(?<!\d)"')
_NO_BREAK_MEANT = ("fr",)


def prose_findings(root: SyntaxTreeNode, part: Part, first_line: int, language: str) -> tuple[Finding, ...]:
    """Findings about the words of a post whose text begins on *first_line* of its file."""
    return tuple(_Reader(part, first_line, language).read(root))


class _Reader:
    def __init__(self, part: Part, first_line: int, language: str) -> None:
        self._part, self._first, self._language = part, first_line, language

    def read(self, root: SyntaxTreeNode) -> Iterator[Finding]:
        inlines = [node for node in root.walk() if node.type == "inline"]
        checks = (self._no_break, self._quotes, self._placeholders)
        for check in checks:
            yield from [one for node in inlines for one in check(node)][:FEW]
        yield from [one for node in root.walk() for one in self._left_out(node)][:FEW]
        yield from self._promise(root.children)

    def _at(self, node: SyntaxTreeNode, offset: int = 0) -> Source:
        lines = node.map or (node.parent.map if node.parent else None) or (0, 0)
        return Source(path=self._part.source.path, line=self._first + lines[0] + offset)

    def _say(self, code: str, where: Source, what: str, fix: str = "") -> Finding:
        return finding(code, where, what, fix=fix, series=self._part.series, part=self._part.number)

    def _no_break(self, node: SyntaxTreeNode) -> Iterator[Finding]:
        if self._language.startswith(_NO_BREAK_MEANT):
            return
        for offset, line in enumerate(node.content.split("\n")):
            if "\u00a0" in line:
                yield self._say("C220", self._at(node, offset), "the line holds a no-break space (U+00A0)")

    def _quotes(self, node: SyntaxTreeNode) -> Iterator[Finding]:
        text = "".join(child.content for child in node.walk() if child.type == "text")
        opened, closed = text.count("“"), text.count("”")
        if "„" in text:
            opened, closed = text.count("„"), opened + closed
        if opened != closed:
            what = f"{opened} opening and {closed} closing quotation marks"
            yield self._say("C221", self._at(node), what)
        elif len(_STRAIGHT.findall(text)) % 2:
            yield self._say("C221", self._at(node), "a straight quotation mark stands alone")

    def _placeholders(self, node: SyntaxTreeNode) -> Iterator[Finding]:
        for child in node.walk():
            match = _PLACEHOLDER.search(child.content) if child.type == "text" else None
            if match is not None:
                offset = node.content[: max(node.content.find(match[0]), 0)].count("\n")
                yield self._say("C223", self._at(node, offset), f"the text holds {match[0]!r}")
                return

    def _left_out(self, node: SyntaxTreeNode) -> Iterator[Finding]:
        if node.type not in ("html_block", "html_inline"):
            return
        match = LEFT_OUT.search(node.content)
        if match is not None:
            holder = node
            while holder.map is None and holder.parent is not None:
                holder = holder.parent
            what = f"{'<' + match[1] + '>' if match[1] else match[2]} is left out"
            yield self._say("C224", self._at(holder) if holder.map else self._part.source, what)

    def _promise(self, blocks: Sequence[SyntaxTreeNode]) -> Iterator[Finding]:
        """A promise at the end that front matter does not name."""
        if self._part.topics:
            return
        paragraphs = [node for node in blocks if node.type == "paragraph"]
        for node in paragraphs[-CLOSING:]:
            words = words_of(node)
            said = _STAY_TUNED.search(words)
            later = next((int(n) for n in _IN_PART.findall(words) if int(n) > self._part.number), None)
            if said is None and later is None and _NEXT_TIME.search(words) is None:
                continue
            topic = said[1].strip(" ,") if said and said[1] else "what comes next"
            shown = json.dumps(topic, ensure_ascii=False)
            line = f"stay_tuned: {{topic: {shown}, part: {later}}}" if later else f"stay_tuned: {shown}"
            yield self._say("C222", self._at(node), "the text promises something to come", f"add {line}")
            return
