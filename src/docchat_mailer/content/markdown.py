"""One parse of a post's Markdown into tokens, from which both the HTML and the plain text are written."""

from __future__ import annotations

import functools
import html
import re
from collections import Counter
from collections.abc import MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from docchat_mailer.model.slugs import slugify

MAX_NESTING = 40
"""Quotes in lists in quotes: no text needs more, and a parser should not be asked for it."""

MAX_HIGHLIGHT = 50_000
"""Characters of one code block that are coloured; a longer one stays plain."""

LEAD_IN_WORDS = 6
"""A list item's words before its dash are a lead-in up to so many."""

STAY_TUNED = "stay-tuned"
"""The class of a paragraph that says what is to come."""

_LEAD_IN = re.compile(r"^(\S[^–—\n]*?)([ \u00a0][–—][ \u00a0])")
_CLASS_AT_END = re.compile(r"\s*\{\.([a-z][a-z0-9-]{0,40})\}\s*$")
_ALLOWED_ATTRIBUTES = ("id", "class", "lang", "title")


@functools.cache
def parser() -> MarkdownIt:
    """CommonMark with tables, strikethrough, footnotes, definition lists and attributes in braces."""
    md = MarkdownIt("commonmark", {"html": True, "maxNesting": MAX_NESTING})
    md.enable(["table", "strikethrough"])
    md.use(footnote_plugin, inline=False)
    md.use(deflist_plugin)
    md.use(attrs_plugin, allowed=_ALLOWED_ATTRIBUTES)
    md.use(attrs_block_plugin, allowed=_ALLOWED_ATTRIBUTES)
    for rule in (_paragraph_classes, _lead_ins, _heading_ids):
        md.core.ruler.push(rule.__name__.strip("_"), rule)
    md.add_render_rule("fence", _fence)
    return md


def parse(text: str, identity: str) -> list[Token]:
    """The tokens of *text*; *identity* keeps footnotes of two posts on one page apart."""
    return parser().parse(text, {"docId": identity})


def render(tokens: Sequence[Token], identity: str) -> str:
    """The HTML of *tokens*, not yet sanitised."""
    md = parser()
    return str(md.renderer.render(tokens, md.options, {"docId": identity}))


def _fence(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    _env: MutableMapping[str, Any],
) -> str:
    """A code block, highlighted by class names only (no inline style survives mail and feeds)."""
    token = tokens[index]
    words = token.info.split(maxsplit=1)
    language = re.sub(r"[^A-Za-z0-9+#.-]", "", words[0]) if words else ""
    coloured = _coloured(token.content, language)
    mark = f' class="language-{html.escape(language)}"' if language else ""
    return f'<pre class="highlight"><code{mark}>{coloured}</code></pre>\n'


def _coloured(code: str, language: str) -> str:
    if not language or len(code) > MAX_HIGHLIGHT:
        return html.escape(code, quote=False)
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return html.escape(code, quote=False)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _paragraph_classes(state: StateCore) -> None:
    """``{.stay-tuned}`` at the end of a paragraph names the paragraph's class."""
    for opening, token in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type != "paragraph_open" or not token.children:
            continue
        last = token.children[-1]
        match = _CLASS_AT_END.search(last.content) if last.type == "text" else None
        if match is None:
            continue
        opening.attrJoin("class", match[1])
        last.content = last.content[: match.start()]
        while token.children and token.children[-1].type in ("softbreak", "hardbreak", "text"):
            if token.children[-1].content:
                break
            token.children.pop()


def _lead_ins(state: StateCore) -> None:
    """The first words of a list item, up to a spaced dash, are its run-in head."""
    for item, paragraph, token in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or not token.children:
            continue
        children = token.children
        if children[0].type == "strong_open" or (len(children) > 1 and children[1].type == "strong_open"):
            _mark_bold_lead_in(children)
        elif children[0].type == "text":
            token.children = [*_split_lead_in(children[0]), *children[1:]]


def _mark_bold_lead_in(children: list[Token]) -> None:
    opening = next(child for child in children if child.type == "strong_open")
    closing = next((at for at, child in enumerate(children) if child.type == "strong_close"), None)
    if (
        closing is None
        or closing + 1 >= len(children)
        or any(c.content for c in children[: children.index(opening)])
    ):
        return
    if re.match(r"[ \u00a0][–—][ \u00a0]", children[closing + 1].content):
        opening.attrJoin("class", "lead-in")


def _split_lead_in(text: Token) -> list[Token]:
    match = _LEAD_IN.match(text.content)
    if match is None or len(match[1].split()) > LEAD_IN_WORDS:
        return [text]
    opening = Token("strong_open", "strong", 1, attrs={"class": "lead-in"}, level=text.level)
    closing = Token("strong_close", "strong", -1, level=text.level)
    words = Token("text", "", 0, content=match[1], level=text.level + 1)
    rest = Token("text", "", 0, content=text.content[match.end(1) :], level=text.level)
    return [opening, words, closing, rest]


def _heading_ids(state: StateCore) -> None:
    """An id for every heading, from its words; where one is of the first rank, all step down."""
    taken: Counter[str] = Counter()
    first = any(token.tag == "h1" for token in state.tokens)
    for token, words in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type not in ("heading_open", "heading_close"):
            continue
        if first:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if token.type == "heading_open" and "id" not in token.attrs:
            slug = slugify(words.content) or "section"
            taken[slug] += 1
            token.attrSet("id", slug if taken[slug] == 1 else f"{slug}-{taken[slug]}")
