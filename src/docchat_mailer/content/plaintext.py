"""The plain-text body, written from the same tokens as the HTML: links written out, hanging indents."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from markdown_it.tree import SyntaxTreeNode

from docchat_mailer.content.characters import clean
from docchat_mailer.content.sanitise import bare_text

WIDTH = 78
"""Columns; RFC 5322 section 2.1.1 asks for lines of no more."""

Address = Callable[[str, str], str | None]


def plain_text(root: SyntaxTreeNode, address: Address) -> str:
    """The whole post as text; *address* (tag, URL) answers with absolute URLs."""
    return clean("\n\n".join(_Writer(address).blocks(root.children, WIDTH))).strip() + "\n"


def words_of(node: SyntaxTreeNode) -> str:
    """The words of a paragraph on one line, without addresses."""
    return " ".join(_Writer(lambda _tag, _url: None).line(node).split())


class _Writer:
    def __init__(self, address: Address) -> None:
        self._address = address

    def blocks(self, nodes: Sequence[SyntaxTreeNode], width: int) -> list[str]:
        """Each block as lines of at most *width* columns; empty ones are left out."""
        written = (self._block(node, width) for node in nodes)
        return [text for text in written if text.strip()]

    def line(self, node: SyntaxTreeNode) -> str:
        """The inline content of a block; a line break stays one."""
        return "".join(self._inline(child) for child in node.children)

    def _block(self, node: SyntaxTreeNode, width: int) -> str:  # noqa: C901 - one line a kind of block
        match node.type:
            case "paragraph" | "dt":
                return _wrap(self.line(node), width)
            case "heading":
                return self._heading(node, width)
            case "bullet_list" | "ordered_list":
                return self._list(node, width)
            case "blockquote":
                return _indent("\n\n".join(self.blocks(node.children, width - 2)), "> ", "> ")
            case "fence" | "code_block":
                return _indent(node.content.rstrip("\n"), "    ", "    ")
            case "table":
                return self._table(node)
            case "dl":
                return self._definitions(node, width)
            case "hr":
                return "-" * min(width, 20)
            case "html_block":
                return _wrap(bare_text(node.content), width)
            case "footnote_block":
                return self._footnotes(node, width)
            case _:
                return "\n\n".join(self.blocks(node.children, width))

    def _heading(self, node: SyntaxTreeNode, width: int) -> str:
        words = _wrap(self.line(node), width)
        longest = max((len(line) for line in words.split("\n")), default=0)
        return f"{words}\n{('=' if node.tag == 'h2' else '-') * longest}"

    def _list(self, node: SyntaxTreeNode, width: int) -> str:
        start = int(node.attrs.get("start", 1))
        count = len(node.children)
        ordered = node.type == "ordered_list"
        marks = [f"{start + index}. " if ordered else "- " for index in range(count)]
        indent = max((len(mark) for mark in marks), default=0)
        items = []
        for mark, item in zip(marks, node.children, strict=True):
            text = "\n\n".join(self.blocks(item.children, max(width - indent, 20)))
            items.append(_indent(text, mark.rjust(indent), " " * indent))
        loose = any(
            not child.hidden for item in node.children for child in item.children if child.type == "paragraph"
        )
        return ("\n\n" if loose else "\n").join(items)

    def _definitions(self, node: SyntaxTreeNode, width: int) -> str:
        pieces: list[str] = []
        for child in node.children:
            if child.type == "dt":
                pieces.append(("\n" if pieces else "") + _wrap(self.line(child), width))
            else:
                text = "\n\n".join(self.blocks(child.children, width - 4))
                pieces.append(_indent(text, "    ", "    "))
        return "\n".join(pieces)

    def _table(self, node: SyntaxTreeNode) -> str:
        """Columns side by side where they fit; else each row as a list of "head: cell"."""
        rows = [
            [" ".join(self.line(cell).split()) for cell in row.children]
            for row in node.walk()
            if row.type == "tr"
        ]
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) <= WIDTH:
            lines = [
                "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
            ]
            return "\n".join([lines[0], "  ".join("-" * w for w in widths), *lines[1:]])
        return "\n\n".join(
            "\n".join(
                _indent(
                    _wrap(f"{head}: {cell}" if head else cell, WIDTH - 4), "- " if at == 0 else "  ", "    "
                )
                for at, (head, cell) in enumerate(zip(rows[0], row, strict=True))
            )
            for row in rows[1:]
        )

    def _footnotes(self, node: SyntaxTreeNode, width: int) -> str:
        notes = []
        for note in node.children:
            mark = f"[{int(note.meta.get('id', 0)) + 1}] "
            text = "\n\n".join(self.blocks(note.children, width - len(mark)))
            notes.append(_indent(text, mark, " " * len(mark)))
        return "\n".join(["-" * 20, *notes])

    def _inline(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "text" | "code_inline":
                return node.content
            case "softbreak":
                return " "
            case "hardbreak":
                return "\n"
            case "image":
                return f"[{''.join(self._inline(child) for child in node.children)}]" if node.children else ""
            case "link":
                return self._link(node)
            case "s":
                return f"~~{self.line(node)}~~"
            case "footnote_ref":
                return f"[{int(node.meta.get('id', 0)) + 1}]"
            case "html_inline" | "footnote_anchor":
                return "\n" if node.content.lower().startswith("<br") else ""
            case _:
                return self.line(node)

    def _link(self, node: SyntaxTreeNode) -> str:
        words = self.line(node)
        url = self._address("a", str(node.attrs.get("href", "")))
        if url is None:
            return words
        plain = url.removeprefix("mailto:")
        return f"<{plain}>" if words in (url, plain) or not words.strip() else f"{words} <{plain}>"


def _wrap(text: str, width: int) -> str:
    """Lines of at most *width* columns; an address is never broken."""
    return "\n".join(
        "\n".join(textwrap.wrap(line, max(width, 20), break_long_words=False, break_on_hyphens=False))
        for line in text.split("\n")
    )


def _indent(text: str, first: str, others: str) -> str:
    """*text* behind *first*, and its further lines behind *others*."""
    lines = text.split("\n")
    head = (first + lines[0]).rstrip()
    return "\n".join([head, *((others + line).rstrip() for line in lines[1:])])
