"""The body of a letter in the shape mail programs need, and what its templates must not lack."""

from __future__ import annotations

import re

from lxml import etree, html as lxml_html

from docchat_mailer.letter.fields import Field, Sentinels
from docchat_mailer.model.site import Site
from docchat_mailer.render.entries import with_whole_fragments
from docchat_mailer.render.urls import absolute
from docchat_mailer.render.views import Entry

LOADS_MORE = re.compile(r"<link\b|<script\b|(?<=<style)(?:(?!</style).)*@import\b", re.IGNORECASE | re.DOTALL)
"""What would fetch something, or run: no letter of ours holds it."""

_HEAD_CELL = re.compile(r"<th(?=[\s>])(?![^<>]*\bscope=)")
_BLANK_LINES = re.compile(r"\n{3,}")


def shaped(entry: Entry, site: Site) -> str:
    """The entry's HTML with absolute URLs, fragments leading to its page, and a scope on every head cell."""
    body = with_whole_fragments(absolute(entry.html, site.base_url), site.base_url + entry.path)
    return _HEAD_CELL.sub('<th scope="col"', body)


def tidy(text: str) -> str:
    """*text* without the blank lines that templates leave where they say nothing."""
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"


def excerpt_of(body: str, blocks: int | None) -> list[str]:
    """The first *blocks* blocks of *body* (None: all of them), each as HTML."""
    found = list(lxml_html.fragment_fromstring(body, create_parent="div"))
    return [etree.tostring(block, encoding="unicode", method="html") for block in found[:blocks]]


def template_faults(html: str, text: str, sentinels: Sentinels, site: Site, entry: Entry) -> list[str]:
    """What both parts of a letter must have and its HTML must not, a sentence each."""
    faults = []
    for name, part in (("HTML", html), ("text", text)):
        plain = " ".join(part.replace("<br>", " ").split())
        wanted = {
            "the postal address": " ".join(site.postal_address.split()),
            "the unsubscribe link": sentinels.token(Field.UNSUBSCRIBE),
            "the link to the web page": site.base_url + entry.path,
        }
        faults += [f"the {name} part lacks {what}" for what, mark in wanted.items() if not _has(plain, mark)]
    loads = LOADS_MORE.search(html)
    return [*faults, f"the HTML part holds {loads.group()[-7:]}"] if loads else faults


def _has(plain: str, mark: str) -> bool:
    """Whether *mark* stands in *plain*; an empty one is missing."""
    return bool(mark) and (mark in plain or mark.replace("&", "&amp;") in plain)
