"""HTML that cannot do harm: an allow-list of elements, attributes and schemes, always balanced."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import nh3

from docchat_mailer.content.characters import clean

_NAMES = """
    a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt
    em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp
    section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var
    wbr
"""

TAGS = frozenset(_NAMES.split())
"""Elements a post may use."""

ATTRIBUTES = {
    "*": {"id", "class", "lang", "dir", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "col": {"span"},
    "time": {"datetime"},
    "del": {"datetime"},
    "ins": {"datetime"},
    "details": {"open"},
    "bdo": {"dir"},
}
"""Attributes they may carry."""

SCHEMES = frozenset({"http", "https", "mailto"})

LEFT_OUT = re.compile(
    r"<\s*(script|style|svg|math|iframe|object|embed|form|input|button|textarea|select|link|meta|base"
    r"|video|audio)\b|[\s\"'/](on\w+)\s*=",
    re.IGNORECASE,
)
"""What is told to the writer when it is dropped."""

_DROPPED_WHOLE = {"script", "style", "svg", "math", "object", "embed", "template", "noscript"}
_IFRAME = re.compile(r"<iframe\b([^>]{0,2000})>(?:[^<]{0,2000}</iframe\s*>)?", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ALIGN = re.compile(r"text-align:(left|center|right)")
_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_BAD_ID = re.compile(r"[^\w.:-]+")


def sanitise(markup: str, address: Callable[[str, str], str | None]) -> str:
    """*markup* reduced to what is allowed; *address* (tag, URL) answers with an absolute URL, or None."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name in ("href", "src"):
            return address(tag, value)
        if name == "id":
            return _BAD_ID.sub("-", value)[:100] or None
        if name == "class":
            return " ".join(_NAME.sub("-", word)[:64] for word in value.split()[:8]) or None
        return value

    safe = nh3.clean(
        _iframes_as_links(markup),
        tags=set(TAGS),
        clean_content_tags=_DROPPED_WHOLE,
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=attribute,
        link_rel=None,
        url_schemes=set(SCHEMES),
    )
    return clean(safe)


def bare_text(markup: str) -> str:
    """The words of *markup* alone."""
    return clean(
        html.unescape(nh3.clean(_iframes_as_links(markup), tags=set(), clean_content_tags=_DROPPED_WHOLE))
    )


def _iframes_as_links(markup: str) -> str:
    """What would be framed is linked to."""

    def link(match: re.Match[str]) -> str:
        source = _SRC.search(match[1])
        url = html.unescape(next(filter(None, source.groups()), "")) if source else ""
        safe = html.escape(url)
        return f'<a href="{safe}">{safe}</a>' if url.startswith(("https://", "http://", "//")) else ""

    return _IFRAME.sub(link, markup)
