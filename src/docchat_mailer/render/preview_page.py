"""The preview's own page: its HTML, its stylesheet and its script, which no site can replace."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from jinja2 import Environment

from docchat_mailer.render.environment import PACKAGED, environment

ASSETS = {"preview.css": "text/css", "preview.js": "text/javascript"}
"""Files of the page, by name, with their media types."""


def page(**facts: object) -> str:
    """The whole page."""
    return _environment().get_template("preview/page.html").render(facts)


def fragment(name: str, **facts: object) -> str:
    """A piece of the page that is replaced after a save: ``contents``, ``envelope`` or ``findings``."""
    return _environment().get_template(f"preview/{name}.html").render(facts)


def text_document(text: str, colours: str, *, wrapped: bool) -> str:
    """A plain *text* as a document for the frame."""
    return (
        _environment().get_template("preview/text.html").render(text=text, colours=colours, wrapped=wrapped)
    )


def headers_document(fields: Sequence[tuple[str, str, str]], colours: str) -> str:
    """The header *fields* of a message: name, value as sent, value as read."""
    return _environment().get_template("preview/headers.html").render(fields=fields, colours=colours)


def asset(name: str) -> bytes:
    """A file of the page; raises KeyError for any other name."""
    return (PACKAGED / "preview" / {known: known for known in ASSETS}[name]).read_bytes()


@functools.cache
def _environment() -> Environment:
    """The packaged templates alone: the page works while the site's own are being mended."""
    return environment()
