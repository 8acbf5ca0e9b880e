"""Any text at all: a body, or an error that says what to do; never anything else."""

import hashlib
import re
import tempfile
from pathlib import Path

import html5lib
from hypothesis import given, settings, strategies as st

from docchat_mailer.content.body import compose
from docchat_mailer.content.characters import ILLEGAL
from docchat_mailer.errors import ContentError
from docchat_mailer.model.series import Part, Source

PIECES = [
    "<script>",
    "</p>",
    "<b>",
    "[a](",
    ")",
    "javascript:",
    "![x](",
    "{.c}",
    "\n\n",
    "- ",
    "1. ",
    "> ",
    "`",
    "|",
    "[^1]",
    "\n: ",
    "&#1;",
    "<a href=",
    "<svg onload=x>",
    "\u00a0",
    "–",
    "*",
    "{{",
    "<iframe src=//x>",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=25).map("".join))
def test_any_text_composes_harmlessly(text):
    raw = ("---\ntitle: T\n---\n" + text).encode("utf-8", "ignore")
    with tempfile.TemporaryDirectory() as name:
        Path(name, "a.md").write_bytes(raw)
        digest = hashlib.sha256(raw).hexdigest()
        part = Part(series="a", number=1, slug="a", title="T", source=Source(path="a.md"), digest=digest)
        try:
            body = compose(Path(name), part, "/p/a/", {})
        except ContentError:
            return
    assert ILLEGAL.search(body.html + body.text + body.summary) is None
    tree = html5lib.parseFragment(body.html, namespaceHTMLElements=False)
    for element in tree.iter():
        assert element.tag not in {"script", "style", "iframe", "svg", "math", "object", "form"}
        for key, value in element.attrib.items():
            assert not str(key).startswith("on")
            assert key not in {"href", "src"} or re.match("https?://|mailto:", value, re.IGNORECASE)
