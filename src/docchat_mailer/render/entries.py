"""An entry as feeds carry it: the body, and around it what the program adds by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jinja2 import Environment

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.site import Site
from docchat_mailer.render.urls import absolute
from docchat_mailer.render.views import Entry

EARLIER = 5
"""How many earlier parts an entry names; the series page has them all."""

OWN_BOX = re.compile(r'<[a-z][^<>]*\bclass="[^"]*\bstay-tuned\b')
"""Finds the box an author marked in the prose: what it says is not said again."""

# In sanitised HTML a literal "<" in text is always escaped, so "<a" opens a tag; ">" may stand in a value.
_ANCHOR = re.compile(r'<a\b(?:[^>"]|"[^"]*")*>')


class EntryWriter:
    """Writes the HTML of entries from ``entries/entry.html``, with absolute URLs throughout.

    An entry names the parts before it, but of those after it only the next one: a list of all later parts
    would change every archived entry of a series with each release (RFC 5005 section 4 wants archives still).
    """

    def __init__(self, environment: Environment, site: Site) -> None:
        self._template = environment.get_template("entries/entry.html")
        self._site = site

    def html(self, entry: Entry, base_url: str) -> str:
        """The body of *entry* and its furniture, under *base_url* (absolute, no final slash)."""
        body = with_whole_fragments(absolute(entry.html, base_url), base_url + entry.path)
        return body.rstrip() + "\n" + self._template.render(self._facts(entry, base_url))

    def _facts(self, entry: Entry, base_url: str) -> Mapping[str, object]:
        site = self._site
        said = folded(entry.text) if site.sign_off or site.notice else ""
        has_box = bool(OWN_BOX.search(entry.html))
        news = [promise for promise in entry.promises if promise.due or promise.link]
        return {
            "base": base_url,
            "entry": entry,
            "site": site,
            "has_box": has_box,
            "promises": news if has_box else entry.promises,
            "in_series": entry.series is not None and entry.kind is Kind.RELEASE,
            "earlier": entry.earlier[-EARLIER:],
            "sign_off": "" if folded(site.sign_off) in said else site.sign_off,
            "notice": "" if folded(site.notice) in said else site.notice,
        }


def entry_html(environment: Environment, site: Site, entry: Entry) -> str:
    """The HTML of *entry* for feeds, its URLs absolute under the site's base URL."""
    return EntryWriter(environment, site).html(entry, site.base_url)


def with_whole_fragments(html: str, page_url: str) -> str:
    """*html* with its fragment-only links (footnotes) leading to the page: a reader shows it elsewhere."""
    if ' href="#' not in html:
        return html
    return _ANCHOR.sub(lambda tag: tag[0].replace(' href="#', f' href="{page_url}#'), html)


def folded(text: str) -> str:
    """*text* as it is compared: without case, white space as single blanks."""
    return " ".join(text.split()).casefold()
