"""A part's body: its file read once, parsed once, and written as HTML and as plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from docchat_mailer.content.addresses import Addresses
from docchat_mailer.content.characters import clean
from docchat_mailer.content.frontmatter import split
from docchat_mailer.content.markdown import MAX_NESTING, STAY_TUNED, parse, render
from docchat_mailer.content.media import Media
from docchat_mailer.content.plaintext import plain_text, words_of
from docchat_mailer.content.prose import prose_findings
from docchat_mailer.content.reading import MAX_FILE, read_text
from docchat_mailer.content.sanitise import sanitise
from docchat_mailer.errors import ContentError
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.publication import Picture
from docchat_mailer.model.series import Part, Source

__all__ = ["Body", "Media", "compose"]

SUMMARY_WORDS = 40
"""Words of a summary where front matter has none."""

MAX_PARAGRAPH = 40_000
"""Characters of one paragraph: some patterns cost the parser the square of its length."""

MAX_TAGS = 10_000
"""HTML tags in one post: the sanitiser's time grows with the square of their depth."""

MAX_LINES = 50_000
"""Lines with words in one post: each may be a block, and a block costs some 0.1 ms."""

MAX_QUOTES = 50_000
"""Quote marks at the beginnings of lines in one post: each opens a block of its own."""

_QUOTES = re.compile(r"^[> ]+", re.MULTILINE)
_IMG = re.compile(r'<img((?: [a-z]+="[^"]*")+)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_ID = re.compile(r"""\bid\s*=\s*["']?([^\s"'>]+)""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What a part says.

    *html* is sanitised and balanced, its internal URLs under ``SITE_ROOT`` (see model.publication), and so
    are those in *text* and *links*.  *stay_tuned_boxed*: the text has its own stay-tuned paragraph.
    """

    html: str
    text: str
    summary: str
    picture: Picture | None
    media: tuple[Media, ...]
    links: tuple[str, ...]
    findings: tuple[Finding, ...]
    stay_tuned_boxed: bool


def compose(folder: Path, part: Part, page_path: str, pages: Mapping[str, str]) -> Body:
    """The body of *part*, whose page lies at *page_path*; *pages* says where other posts' files lead.

    Raises ContentError where the file changed since it was listed, cannot be read or is nested too deeply.
    """
    text, body_line = _read(folder, part)
    markdown = _trimmed("\n".join(text.split("\n")[body_line - 1 :]))
    identity = f"{part.series}-{part.number}"
    tokens = _tokens(markdown, part, body_line, identity)
    addresses = Addresses(
        folder=folder, part=part, page_path=page_path, pages=pages, text=text, ids=_ids(tokens, identity)
    )
    root = SyntaxTreeNode(tokens)
    picture = _picture(part, addresses)
    markup = _sized(sanitise(render(tokens, identity), addresses.answer), addresses)
    plain = plain_text(root, addresses.answer)
    found = [*addresses.found, *prose_findings(root, part, body_line, part.language)]
    if not plain.strip() and "<img" not in markup:
        found.append(
            finding("C225", part.source, "the post has no text", series=part.series, part=part.number)
        )
    return Body(
        html=markup,
        text=plain,
        summary=part.summary or _first_words(root),
        picture=picture,
        media=tuple(addresses.media.values()),
        links=tuple(addresses.links),
        findings=tuple(sorted(found, key=lambda one: (one.source.line, one.code))),
        stay_tuned_boxed=any(STAY_TUNED in str(token.attrGet("class") or "").split() for token in tokens),
    )


def _read(folder: Path, part: Part) -> tuple[str, int]:
    """The text of the file and the line its body begins on; one reading, compared with the digest."""
    file = folder / part.source.path
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ContentError("the file lies outside the folder", fix="put it there", where=str(part.source))
    read = read_text(file, part.source, 0)
    if read.findings:
        first = read.findings[0]
        raise ContentError(first.what, why=first.why, fix=first.fix, where=str(first.source))
    if read.digest != part.digest:
        raise ContentError("the file changed while it was read", fix="run again", where=str(part.source))
    matter = split(read.text)
    return read.text, matter[1] if matter else 1


def _trimmed(text: str) -> str:
    """*text* without characters XML cannot carry and without no-break spaces at the ends of lines."""
    return "\n".join(line.strip("\u00a0") for line in clean(text).split("\n"))


def _tokens(markdown: str, part: Part, body_line: int, identity: str) -> list[Token]:
    """The parse, refused where it would be cut off in silence or take for ever."""
    line = body_line
    for block in markdown.split("\n\n"):
        if len(block) > MAX_PARAGRAPH and not block.lstrip().startswith(("```", "~~~", "    ")):
            raise _too_much(
                part, line, f"a paragraph has {len(block):,} characters", "break it with empty lines"
            )
        line += block.count("\n") + 2
    if sum(match[0].count(">") for match in _QUOTES.finditer(markdown)) > MAX_QUOTES:
        raise _too_much(part, body_line, f"the text has more than {MAX_QUOTES:,} quote marks", "quote less")
    if sum(1 for written in markdown.split("\n") if written.strip()) > MAX_LINES:
        raise _too_much(part, body_line, f"the text has more than {MAX_LINES:,} lines", "split the post")
    tokens = parse(markdown, identity)
    tags = 0
    for token in tokens:
        if token.level >= MAX_NESTING - 2:
            at = body_line + (token.map[0] if token.map else 0)
            raise _too_much(part, at, "the text is nested too deeply", "take some of the levels out")
        tags += sum(
            piece.content.count("<") for piece in (token, *(token.children or ())) if "html" in piece.type
        )
        if tags > MAX_TAGS:
            raise _too_much(part, body_line, f"the text has more than {MAX_TAGS:,} HTML tags", "use Markdown")
    return tokens


def _too_much(part: Part, line: int, what: str, fix: str) -> ContentError:
    where = Source(path=part.source.path, line=line)
    return ContentError(
        what, why=f"files up to {MAX_FILE:,} bytes must be ready in seconds", fix=fix, where=str(where)
    )


def _ids(tokens: list[Token], identity: str) -> frozenset[str]:
    """The fragments the page will have: of headings, of footnotes, of HTML as written."""
    found: set[str] = set()
    for token in tokens:
        if identifier := token.attrGet("id"):
            found.add(str(identifier))
        for piece in (token, *(token.children or ())):
            if piece.type.startswith("html_"):
                found.update(_ID.findall(piece.content))
            elif identifier := piece.attrGet("id"):
                found.add(str(identifier))
            elif piece.type in ("footnote_ref", "footnote_anchor", "footnote_open"):
                found |= _footnote_ids(piece, identity)
    return frozenset(found)


def _footnote_ids(token: Token, identity: str) -> set[str]:
    name = f"-{identity}-{int(token.meta['id']) + 1}"
    again = int(token.meta.get("subId", 0))
    return {f"fn{name}", f"fnref{name}" + (f":{again}" if again > 0 else "")}


def _picture(part: Part, addresses: Addresses) -> Picture | None:
    """The lead image as it will be published; None where there is none or it cannot be used."""
    if part.image is None:
        return None
    url = addresses.answer("img", part.image.src)
    if url is None:
        return None
    media = addresses.of_media(url)
    if media is None:
        return Picture(url=url, alt=part.image.alt, width=0, height=0, length=0, type="image/jpeg")
    return Picture(
        url=url,
        alt=part.image.alt,
        width=media.width,
        height=media.height,
        length=media.length,
        type=media.type,
    )


def _sized(markup: str, addresses: Addresses) -> str:
    """Every image with its width, height and alternative text; one without an address is dropped."""

    def image(match: re.Match[str]) -> str:
        attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(match[1])}
        src = attributes.get("src")
        if not src:
            return html.escape(attributes.get("alt", ""))
        if not attributes.get("alt", "").strip():
            media = addresses.of_media(src)
            shown = media.source.name if media else src
            addresses.fault("C201", shown, f"the image {shown!r} has no alternative text")
        attributes.setdefault("alt", "")
        media = addresses.of_media(src)
        if media is not None:
            attributes |= {"width": str(media.width), "height": str(media.height)}
        return "<img" + "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items()) + ">"

    return _IMG.sub(image, markup).replace("<img>", "")


def _first_words(root: SyntaxTreeNode) -> str:
    words: list[str] = []
    for node in root.walk():
        if node.type == "paragraph" and len(words) <= SUMMARY_WORDS:
            words += words_of(node).split()
    return " ".join(words[:SUMMARY_WORDS]) + (" …" if len(words) > SUMMARY_WORDS else "")
