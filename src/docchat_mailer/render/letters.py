"""Letters: from an entry to the HTML, text and headers of a mail, once for all its readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment

from docchat_mailer.errors import ConfigError, ContentError
from docchat_mailer.letter.compiling import Compiled, compile_letter, compile_plain
from docchat_mailer.letter.fields import Sentinels, sentinels
from docchat_mailer.letter.headers import Header
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.site import Sender, Site
from docchat_mailer.render.letter_facts import letter_facts
from docchat_mailer.render.letter_headers import letter_headers
from docchat_mailer.render.letter_shape import excerpt_of, shaped, template_faults, tidy
from docchat_mailer.render.samples import sample_entry
from docchat_mailer.render.views import Entry

MAX_HTML = 90 * 1024
"""Bytes of a letter's HTML: the largest provider clips what is longer than about 102 KB."""


class TooLongError(ContentError):
    """A letter has more HTML than mail programs show."""


TEMPLATES = {Kind.RELEASE: "release", Kind.ANNOUNCEMENT: "announcement"}
"""The declared letters: each has an ``.html`` and a ``.txt``."""


@dataclass(frozen=True, kw_only=True)
class RenderedLetter:
    """A letter as all its readers get it, with sentinels where they differ."""

    subject: str
    html: str
    text: str
    headers: tuple[Header, ...]


@dataclass(frozen=True, kw_only=True)
class ComposedLetter:
    """A letter ready to be frozen: its segments, with HTML and *plain*, and its HTML and text to look at."""

    subject: str
    compiled: Compiled
    plain: Compiled
    html: str
    text: str


class LetterWriter:
    """Renders letters; with *excerpt* one that is too long ends in "read on" instead of failing."""

    def __init__(
        self, environment: Environment, site: Site, sender: Sender, *, excerpt: bool = False
    ) -> None:
        self._environment, self._site, self._sender = environment, site, sender
        self._excerpt = excerpt

    def render(self, entry: Entry, sentinels: Sentinels) -> RenderedLetter:
        """The letter that carries *entry*.

        Raises ContentError for text that cannot be mailed, ConfigError for a template that must not be.
        """
        self._refuse(entry, sentinels)
        facts = letter_facts(entry, self._site, self._sender, sentinels)
        body = shaped(entry, self._site)
        html = self._html(entry, facts, body)
        if size_of_html(html) > MAX_HTML:
            html = self._shortened(entry, facts, body, html)
        text = self._environment.get_template(f"{TEMPLATES[entry.kind]}.txt").render(facts)
        headers = letter_headers(entry, self._site, self._sender, sentinels)
        return RenderedLetter(subject=entry.title, html=html, text=tidy(text), headers=headers)

    def compose(self, entry: Entry, seed: bytes) -> ComposedLetter:
        """The letter of *entry*, compiled; the same *seed* and entry give the same bytes."""
        return compose_letter(self, entry, seed)

    def faults(self, entry: Entry) -> list[str]:
        """What the template of *entry* lacks or should not have, a sentence each."""
        marks = sentinels(b"faults")
        letter = self.render(entry, marks)
        return template_faults(letter.html, letter.text, marks, self._site, entry)

    def _html(self, entry: Entry, facts: Mapping[str, object], body: str) -> str:
        template = self._environment.get_template(f"{TEMPLATES[entry.kind]}.html")
        from docchat_mailer.render.inlining import inline  # noqa: PLC0415 - slow, and only a letter needs it

        return inline(template.render({**facts, "body": body}))

    def _shortened(self, entry: Entry, facts: Mapping[str, object], body: str, html: str) -> str:
        """The HTML with as many first blocks as the budget holds; the text part keeps all of it."""
        if not self._excerpt:
            raise TooLongError(
                f"the letter of {entry.title!r} has {size_of_html(html) // 1024} KB of HTML",
                why="mail programs clip a letter of more than 90 KB",
                fix="split the part, or mail its first paragraphs and a link to read on",
                where=entry.path,
            )
        blocks = len(excerpt_of(body, None))
        while blocks > 0 and size_of_html(html) > MAX_HTML:
            blocks = min(blocks - 1, blocks * MAX_HTML // size_of_html(html))
            short = "\n".join(excerpt_of(body, blocks))
            html = self._html(entry, {**facts, "button": facts["read_on"]}, short)
        return html

    def _refuse(self, entry: Entry, sentinels: Sentinels) -> None:
        try:
            for text in (entry.title, entry.summary, entry.html, entry.text):
                sentinels.refuse(text)
        except ValueError as error:
            raise ContentError(
                str(error), why="each reader's own values would replace it", where=entry.path
            ) from error


def compose_letter(writer: LetterWriter, entry: Entry, seed: bytes) -> ComposedLetter:
    """The letter of *entry*, rendered and compiled; raises ContentError where it cannot be mailed."""
    marks = sentinels(seed)
    try:
        letter = writer.render(entry, marks)
        compiled = compile_letter(letter.headers, letter.text, letter.html, marks, seed)
        plain = compile_plain(letter.headers, letter.text, marks)
    except ValueError as error:
        raise ContentError(
            f"{entry.title!r} cannot be mailed",
            why=str(error),
            fix="change its title or text",
            where=entry.path,
        ) from error
    return ComposedLetter(
        subject=letter.subject, compiled=compiled, plain=plain, html=letter.html, text=letter.text
    )


def size_of_html(html: str) -> int:
    """Bytes of *html* as UTF-8, before any transfer encoding."""
    return len(html.encode())


def declared_letters(environment: Environment, site: Site, sender: Sender) -> list[str]:
    """What is wrong with the letter templates, each tried once with sample data; empty when all is well."""
    writer = LetterWriter(environment, site, sender)
    problems: list[str] = []
    for kind, name in TEMPLATES.items():
        try:
            problems += [f"{name}.html:1: {fault}" for fault in writer.faults(sample_entry(kind))]
        except (ConfigError, ContentError) as error:
            where = error.where or f"{name}.html:1"
            problems.append(f"{where}: {error.why if error.where else error.what}")
    return problems
