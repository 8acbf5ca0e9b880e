"""Letters under the eye: the program's own are clean, and the rules judge what they mean to judge."""

import csv

import pytest
from finding_letters import base, holding, turned
from lxml import html as lxml_html

from docchat_mailer.checking.letters import letter_findings
from docchat_mailer.checking.sheets import Sheet, declarations, rules_of
from docchat_mailer.checking.support import DATA, FAMILIES, unsupported
from docchat_mailer.checking.wording import misplaced


def codes(sample, tmp_path):
    return {one.code for one in sample(tmp_path)}


def test_the_letters_of_the_program_have_no_findings():
    assert letter_findings(base()) == []


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color:#999">Thin on white.</p>',
        '<div style="background:#fff"><p style="color:#aaaaaa">On its own ground.</p></div>',
        '<table role="presentation" bgcolor="#eeeeee"><tr><td style="color:#888888">On an attribute.</td></tr></table>',
        '<p style="color:#949494;font-size:20px">Not large enough for 3 to 1.</p>',
    ],
)
def test_contrast_sees_grounds_and_sizes(html, tmp_path):
    assert "C412" in codes(holding(html), tmp_path)


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color:#949494;font-size:24px">Large.</p>',
        '<p style="color:#949494;font-size:19px;font-weight:bold">Large enough and bold.</p>',
        '<div style="background:url(https://example.org/x.png)"><p style="color:#999999">On a picture.</p></div>',
        '<p style="color:#999999;display:none">Hidden.</p>',
        '<p style="color:#999999"> <span style="color:#444444">All of it darker.</span></p>',
        "<!-- <p style='color:#fff'>a comment</p> -->",
    ],
)
def test_contrast_lets_pass_what_can_be_read_or_cannot_be_judged(html, tmp_path):
    assert "C412" not in codes(holding(html), tmp_path)


def test_the_dark_takes_the_heaviest_rule_and_important_ones_over_the_style():
    sheet = Sheet(
        rules_of(
            "p { color: #111111 } .body p { color: #222222 !important } p { color: #333333 !important }"
            " td p { color: #444444 !important } p:hover { color: #555555 !important }"
        )
    )
    [paragraph] = lxml_html.fragment_fromstring('<div class="body"><p>x</p></div>').iter("p")
    assert sheet.meant_for(paragraph)["color"].value == "#222222"


def test_rules_inside_media_are_told_with_it_and_comments_are_none():
    [plain, inside] = rules_of("/* p { } */ a { color: red } @media (x) { b, i { top: 0 !important } }")
    assert (plain.under, plain.selectors) == ("", ("a",))
    assert (inside.under, inside.selectors) == ("@media (x)", ("b", "i"))
    assert inside.declarations["top"].important


def test_a_semicolon_in_an_address_ends_no_declaration():
    style = declarations("background: url(data:image/png;base64,AA==); color: RED")
    assert style["color"].value == "red"
    assert "base64" in style["background"].value


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a:hover {", "h2::before { top: 0 } a:hover {", "::before"),
        ("a:hover {", "p:nth-child(2) { margin: 0 } a:hover {", ":nth-child"),
        (
            "a:hover {",
            "@font-face { font-family: X; src: url(https://example.org/x.woff2) } a:hover {",
            "@font-face",
        ),
        ("</h1>", '</h1><p style="position:absolute">x</p>', "position"),
        ("</h1>", "</h1><video></video>", "<video>"),
        ("</h1>", '</h1><p style="width:calc(1px + 1em)">x</p>', "calc()"),
        ("</h1>", '</h1><div style="display:flex">x</div>', "display: flex"),
    ],
)
def test_features_that_are_new_and_not_supported_are_told(old, new, said, tmp_path):
    told = [one.what for one in turned(old, new)(tmp_path) if one.code == "C418"]
    assert any(said in what for what in told), told


def test_the_data_has_its_licence_beside_it_and_every_exception_its_reason():
    assert "MIT License" in (DATA / "LICENSE.caniemail").read_text(encoding="utf-8")
    with (DATA / "mail_support.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["feature"]: row for row in csv.DictReader(file)}
    with (DATA / "baseline.csv").open(encoding="utf-8", newline="") as file:
        baseline = list(csv.DictReader(file))
    assert len(rows) > 300
    assert {row[family] for row in rows.values() for family in FAMILIES} <= set("yanu")
    for row in baseline:
        assert len(row["why"]) > 15
        assert "n" in {rows[row["feature"]][family] for family in FAMILIES}, "no exception is needed"
        assert row["feature"] not in unsupported()


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ('<pre style="white-space:pre">' + "x = 1; " * 12 + "</pre>", "C416"),
        ('<p style="white-space:nowrap">' + "word " * 12 + "</p>", "C416"),
        ('<p style="min-width:400px">x</p>', "C415"),
        ('<img alt="" src="https://example.org/x.png" width="500">', "C415"),
        ("<p>https://example.org/" + "a" * 60 + "</p>", "C416"),
    ],
)
def test_what_a_phone_would_scroll_for(html, code, tmp_path):
    assert code in codes(holding(html), tmp_path)


@pytest.mark.parametrize(
    "html",
    [
        "<pre style='white-space:pre-wrap;overflow-wrap:anywhere'>" + "x" * 200 + "</pre>",
        "<p>" + "漢字" * 60 + "</p>",
        "<p>one-" * 30 + "</p>",
        '<img alt="" src="https://example.org/x.png" width="500" style="max-width:100%">',
        "<table><tr><td>" + "short</td><td>" * 3 + "</td></tr></table>",
    ],
)
def test_what_fits_a_phone(html, tmp_path):
    assert not codes(holding(html), tmp_path) & {"C415", "C416", "C417"}


def test_headings_go_down_one_level_at_a_time():
    assert misplaced(["h1", "h2", "h3", "h2"]) == ""
    assert misplaced(["h1", "h2", "h4"]) == "<h4> follows <h2>"
    assert misplaced(["h2"]) == "the first heading is <h2>"
    assert misplaced(["h1", "h1"]) == "there are 2 first headings (<h1>)"
    assert misplaced([]) == "there is no heading"
