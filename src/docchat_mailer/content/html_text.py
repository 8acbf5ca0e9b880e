"""HTML of another program as Markdown: what it shows stays, how it was laid out does not."""

from __future__ import annotations

import re

from markdownify import MarkdownConverter

_BLOCK = re.compile(r"</?(?:p|div|h[1-6]|ul|ol|li|table|blockquote|pre|figure|hr|section)\b", re.IGNORECASE)
_UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_BLANKS = re.compile(r"\n{3,}")


def markdown_of(html: str) -> str:
    """*html* as Markdown; blank lines end paragraphs in the pieces that have no block elements of their own.

    WordPress keeps posts so, and its editor's comments are left out.
    """
    clean = _UNSEEN.sub("", html.replace("\r\n", "\n"))
    pieces = (piece if _BLOCK.search(piece) else f"<p>{piece}</p>" for piece in re.split(r"\n\s*\n", clean))
    joined = "\n\n".join(pieces) if not re.search(r"<pre\b", clean, re.IGNORECASE) else clean
    converter = MarkdownConverter(heading_style="ATX", bullets="-")
    return _BLANKS.sub("\n\n", str(converter.convert(joined))).strip() + "\n"
