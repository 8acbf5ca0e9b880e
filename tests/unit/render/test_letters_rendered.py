from __future__ import annotations

import dataclasses
import email
import email.policy
import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import css_inline
import cssutils
import html5lib
import lxml.html
import pytest
from jinja2 import meta

from docchat_mailer.content.body import compose
from docchat_mailer.content.library import read_posts
from docchat_mailer.errors import ConfigError, ContentError
from docchat_mailer.letter.fields import Field, sentinels
from docchat_mailer.letter.splicing import splice
from docchat_mailer.model.publication import SITE_ROOT, Kind
from docchat_mailer.model.site import Sender, Site
from docchat_mailer.render import inlining
from docchat_mailer.render.environment import PACKAGED, environment
from docchat_mailer.render.inlining import inline
from docchat_mailer.render.letter_facts import letter_facts
from docchat_mailer.render.letter_names import LETTER_NAMES, NOTICE_NAMES
from docchat_mailer.render.letters import (
    MAX_HTML,
    LetterWriter,
    compose_letter,
    declared_letters,
    size_of_html,
)
from docchat_mailer.render.samples import sample_entry
from docchat_mailer.render.views import Entry

GOLDEN = Path(__file__).parents[2] / "golden" / "email"
SITE = Site(
    title="Example Health",
    base_url="https://example.org",
    language="en",
    zone=ZoneInfo("Europe/Paris"),
    author="A. Writer",
    postal_address="1 Example Street\nExample Town",
    sign_off="Thanks for reading!",
    notice="This letter informs; it is not medical advice.",
    privacy_url="https://example.org/privacy/",
)
SENDER = Sender(
    name="Example Health",
    address="letters@example.org",
    reply_to="hello@example.org",
    domain="example.org",
    list_name="Example Health",
    web_url="https://example.org",
    unsubscribe_mailto="leave@example.org",
)
BODY = f"""<p>Some context, with <a href="{SITE_ROOT}/s/sample/first/">a link</a> and <a href="#note">a note</a>.</p>
<h2>Five benefits</h2>
<ol>
<li><p><strong class="lead-in">Stress management</strong> – it calms.</p></li>
<li>Sleep comes “easier”\u00a0</li>
</ol>
<pre><code>if a:
\tb = "a long line of code that has to wrap somewhere because no telephone is as wide as it is"

\tc()</code></pre>
<table><thead><tr><th>Kind</th></tr></thead><tbody><tr><td>Calm</td></tr></tbody></table>
"""
VALUES = {
    Field.TO: "Jane Doe <jane@example.com>",
    Field.DATE: "Mon, 02 Mar 2026 08:00:00 +0000",
    Field.MESSAGE_ID: "<0123456789abcdef@example.org>",
    Field.REFERENCES: "<fedcba@example.org>",
    Field.UNSUBSCRIBE: "v1.u.abc.0123456789abcdef",
    Field.PREFERENCES: "v1.p.abc.fedcba9876543210",
    Field.WHY: "You follow this site.",
}


def entry(kind: Kind = Kind.RELEASE, **changes: object) -> Entry:
    return dataclasses.replace(sample_entry(kind), html=BODY, **changes)  # type: ignore[arg-type]


def writer(*, excerpt: bool = False, **changes: object) -> LetterWriter:
    sender = dataclasses.replace(SENDER, **changes)  # type: ignore[arg-type]
    return LetterWriter(environment(), SITE, sender, excerpt=excerpt)


@pytest.fixture(scope="module")
def html() -> str:
    return compose_letter(writer(), entry(), b"seed").html


def mail(w: LetterWriter, e: Entry) -> email.message.EmailMessage:
    message = splice(compose_letter(w, e, b"seed").compiled, VALUES)
    return email.message_from_bytes(message, policy=email.policy.default)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.has_entry])
def test_golden_letters(kind: Kind) -> None:
    compare(str(kind), entry(kind))


def test_golden_letter_with_a_mixed_list(tmp_path: Path) -> None:
    """Loose and tight items, one without a lead-in, hard spaces at line ends, curly quotes, a list inside."""
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / "series.toml").write_text('title = "Sample"\nstart = 2026-03-02T09:00:00\n', encoding="utf-8")
    (folder / "01-five.md").write_bytes((GOLDEN / "mixed-list.md").read_bytes())
    [series] = read_posts(tmp_path, SITE.zone).series
    body = compose(tmp_path, series.parts[0], "/s/sample/five/", {})
    compare("mixed-list", dataclasses.replace(sample_entry(Kind.RELEASE), html=body.html, text=body.text))


def compare(name: str, source: Entry) -> None:
    letter = compose_letter(writer(), source, b"seed")
    forms = {
        "html": letter.html.encode(),
        "txt": letter.text.encode(),
        "eml": splice(letter.compiled, VALUES),
    }
    for form, made in forms.items():
        file = GOLDEN / f"{name}.{form}"
        if os.environ.get("DOCCHAT_GOLDEN") == "write":
            file.write_bytes(made)
        assert file.read_bytes() == made, f"{file.name} differs; DOCCHAT_GOLDEN=write rewrites it"


def test_the_headers_tell_of_the_list_and_not_of_the_reader() -> None:
    got = mail(writer(), entry())
    assert got["Subject"] == "Sample Part 2 – Second"
    assert got["List-Id"] == "Example Health <example-health.example.org>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got["List-Unsubscribe"].startswith("<https://example.org/u/v1.u.abc.0123456789abcdef>, <mailto:")
    assert got["Archived-At"] == "<https://example.org/s/sample/second/>"
    assert got["List-Post"] == "NO"
    assert got["Feedback-ID"] == "release:exampleorg"
    assert got["X-Auto-Response-Suppress"] == "OOF, AutoReply, RN, NRN"
    assert (got["Precedence"], got["Auto-Submitted"], got["Content-Language"]) == (
        "bulk",
        "auto-generated",
        "en",
    )
    assert len(got.keys()) == len(set(got.keys()))


def test_with_a_mailto_alone_there_is_no_one_click() -> None:
    got = mail(writer(web_url=""), entry())
    assert (
        got["List-Unsubscribe"]
        == "<mailto:leave@example.org?subject=unsubscribe%20v1.u.abc.0123456789abcdef>"
    )
    assert got["List-Unsubscribe-Post"] is None


def test_without_a_way_out_no_letter_is_made() -> None:
    with pytest.raises(ConfigError, match="unsubscribe"):
        writer(web_url="", unsubscribe_mailto="").render(entry(), sentinels(b"x"))


def test_where_ids_are_not_kept_nothing_refers_to_them() -> None:
    assert mail(writer(keeps_ids=False), entry())["References"] is None


def test_fault_E11_a_letter_over_the_budget_is_refused_or_ends_in_read_on() -> None:
    long = entry()
    long = dataclasses.replace(
        long, html="<p>Many words are in this paragraph, again and again.</p>\n" * 2000
    )
    with pytest.raises(ContentError, match="first paragraphs"):
        compose_letter(writer(), long, b"seed")
    short = compose_letter(writer(excerpt=True), long, b"seed")
    assert MAX_HTML / 2 < size_of_html(short.html) <= MAX_HTML
    assert "Read on: the rest is on the web" in short.html


def test_threat_T15_a_title_with_a_line_break_is_refused() -> None:
    with pytest.raises(ContentError, match="control character"):
        compose_letter(writer(), entry(title="Part 1\r\nBcc: x@example.com"), b"seed")


def test_an_author_may_not_write_a_sentinel() -> None:
    token = sentinels(b"seed").token(Field.TO)
    with pytest.raises(ContentError, match="placeholder"):
        compose_letter(writer(), entry(summary=f"see {token}"), b"seed")


def test_the_same_entry_and_seed_give_the_same_bytes() -> None:
    first, second = (compose_letter(writer(), entry(), b"seed").compiled.pack() for _ in range(2))
    assert first == second


def test_the_declared_letters_are_sound_and_a_poor_one_is_told(tmp_path: Path) -> None:
    assert declared_letters(environment(), SITE, SENDER) == []
    (tmp_path / "release.html").write_text("<html><body>{{ heading }}</body></html>", encoding="utf-8")
    (tmp_path / "announcement.html").write_text('<link rel="stylesheet" href="https://example.com/x.css">')
    problems = declared_letters(environment(tmp_path), SITE, SENDER)
    assert "release.html:1: the HTML part lacks the postal address" in problems
    assert "release.html:1: the HTML part lacks the unsubscribe link" in problems
    assert "release.html:1: the HTML part lacks the link to the web page" in problems
    assert any(p.startswith("announcement.html:1: a letter's template holds <link") for p in problems)


def test_an_unknown_name_in_a_template_is_told(tmp_path: Path) -> None:
    (tmp_path / "release.txt").write_text("{{ nobody }}", encoding="utf-8")
    assert any("nobody" in problem for problem in declared_letters(environment(tmp_path), SITE, SENDER))


def test_the_document_is_as_mail_programs_want_it(html: str) -> None:
    assert html.startswith("<!DOCTYPE html>")
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    assert tree.attrib["lang"] == "en"
    assert tree.find(".//title").text == "Sample Part 2 – Second"
    assert len(tree.findall(".//h1")) == 1
    assert all(t.get("role") == "presentation" for t in tree.iter("table") if t.find(".//table") is not None)
    assert all(th.get("scope") == "col" for th in tree.iter("th"))
    assert all(re.match(r"https://|mailto:", a.get("href")) for a in tree.iter("a"))
    assert 'href="https://example.org/s/sample/second/#note"' in html
    assert SITE_ROOT not in html
    assert not re.search(r"<(script|form|iframe|video|link)\b|ld\+json", html)
    assert 'aria-roledescription="email"' in html


def test_a_right_to_left_letter_says_so() -> None:
    letter = compose_letter(writer(), entry(language="he"), b"seed")
    assert 'lang="he" dir="rtl"' in letter.html


def test_the_preheader_comes_first_and_in_the_html_alone(html: str) -> None:
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    first = tree.find(".//body/div")
    line = first.text.split("\u2007")[0]
    assert 40 <= len(line) <= 100
    assert "display:none" in first.get("style")
    assert "\u2007" not in compose_letter(writer(), entry(), b"seed").text


def test_dark_and_narrow_rules_keep_their_importance(html: str) -> None:
    style = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert len(style) == 1
    assert len(style[0].encode()) < 16 * 1024
    assert "data-premailer" not in html
    for mark in ("@media (prefers-color-scheme: dark)", "max-width: 620px", "[data-ogsc]", "[data-ogsb]"):
        assert mark in style[0]
    rules = re.findall(r"[\w-]+: [^;{}]+;", style[0].split("\n", 2)[2])
    assert all("!important" in rule for rule in rules)


def test_conditional_comments_stay_to_the_byte(html: str) -> None:
    assert html.count("<!--[if mso | IE]>") == 4
    assert "<!--[if !mso]><!-->" in html
    assert "<![if" not in html.replace("<!--<![endif]-->", "")
    assert '<v:roundrect href="https://example.org/s/sample/second/"' in html


def test_code_wraps_and_keeps_tabs_and_blank_lines(html: str) -> None:
    pre = re.search(r"<pre[^>]*>.*?</pre>", html, re.DOTALL)
    assert pre
    assert "white-space:pre-wrap" in pre.group().replace(": ", ":")
    assert "\n\n\tc()" in pre.group()


def test_braces_and_entities_in_text_stay_as_written() -> None:
    made = inline('<html><head></head><body><p title="{{ a }}">&amp; {{ b }} é</p></body></html>')
    assert "&amp; {{ b }} é" in made
    assert 'title="{{ a }}"' in made


@pytest.mark.parametrize(
    "bad",
    [
        '<link rel="stylesheet" href="x.css">',
        '<style>@import "https://example.com/x.css";</style>',
        "<script></script>",
    ],
)
def test_nothing_that_loads_or_runs_is_inlined(bad: str) -> None:
    with pytest.raises(ConfigError):
        inline(f"<html><head>{bad}</head><body></body></html>")


def test_width_and_align_stay_as_the_template_wrote_them() -> None:
    made = inline(
        "<html><head><style>td { width: 50%; text-align: center; background-color: #123456 }</style></head>"
        '<body><table><tr><td width="600" align="left">x</td></tr></table></body></html>'
    )
    assert 'width="600"' in made
    assert 'align="left"' in made
    assert "bgcolor" not in made


def test_both_parts_say_the_same() -> None:
    letter = compose_letter(writer(), entry(), b"seed")
    for part in (letter.html, letter.text):
        for said in ("Part 2 of 3", "Sample Part 1 – First", "the third", "Thanks for reading!", "not medical advice",
                     "1 Example Street", "https://example.org/privacy/", sentinels(b"seed").token(Field.WHY)):  # fmt: skip
            assert said in part
    assert all(len(line) <= 78 for line in letter.text.splitlines())


def test_prose_about_style_sheets_is_no_style_sheet() -> None:
    letter = compose_letter(
        writer(), dataclasses.replace(entry(), html="<p>Write @import first.</p>"), b"seed"
    )
    assert "Write @import first." in letter.html


def declared(html: str) -> list[tuple[str, dict[str, str]]]:
    """Each element of the body with what its style says, as a parsed tree and not as a string."""
    found = []
    for element in lxml.html.fromstring(html).iter(
        "table", "td", "div", "h1", "h2", "p", "a", "ol", "li", "img"
    ):
        style = cssutils.parseStyle(element.get("style", ""), validate=False)
        found.append((str(element.tag), {p.name: p.value.replace(" ", "").lower() for p in style}))
    return found


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.has_entry])
def test_another_inliner_says_the_same_of_every_element(kind: Kind) -> None:
    """css-inline, in another language by other people, over the same page: no declaration is ours alone."""
    kept: list[str] = []
    real = inlining.inline

    def seen(html: str) -> str:
        kept.append(html)
        return real(html)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inlining, "inline", seen)
        ours = compose_letter(writer(), entry(kind), b"seed").html
    [page] = kept
    theirs = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False).inline(
        page.replace('data-premailer="ignore"', 'data-css-inline="ignore"')
    )
    assert declared(ours) == declared(theirs)
    assert any(style for _, style in declared(ours))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.has_entry])
def test_every_name_of_a_letter_is_explained_and_every_explained_name_is_there(kind: Kind) -> None:
    facts = letter_facts(entry(kind), SITE, SENDER, sentinels(b"seed"))
    assert {*facts, "body"} == set(LETTER_NAMES)


def test_letter_templates_use_no_other_names() -> None:
    jinja = environment()
    for file in (PACKAGED / "letters").glob("*.[ht]*"):
        used = meta.find_undeclared_variables(jinja.parse(file.read_text(encoding="utf-8")))
        more = set(NOTICE_NAMES) if file.stem == "notice" else set()
        assert used - {*LETTER_NAMES, *more, *jinja.globals} == set(), file.name
