"""What stands in the frame: colours by hand, images from here, links that lead nowhere, readers made up."""

import re

import pytest

from docchat_mailer.preview.documents import decoded
from docchat_mailer.preview.readers import SAMPLES
from docchat_mailer.preview.wishes import COLOURS, NARROWEST, VIEWS, WIDEST, Wish
from previews import previewed
from sites_png import PNG

PART = "massage/01-benefits.md"


@pytest.fixture
def preview(site):
    folder = site.series()
    (folder / "hands.png").write_bytes(PNG)
    body = "Words & *words*.\n\n![Hands](hands.png)\n\n## A heading\n\n[Up](#a-heading) and [out](https://example.org/)."
    site.part(1, "Benefits", body=body)
    site.part(2, "Risks")
    with previewed(site) as asked:
        yield asked


def frame(preview, **wish):
    return preview.ask("/frame", **{"part": PART, **wish}).text


@pytest.mark.parametrize("view", ["letter", "page"])
def test_the_colours_are_switched_by_hand_and_not_by_the_system(preview, view):
    light, dark = frame(preview, view=view), frame(preview, view=view, colours="dark")
    for html, scheme, on in ((light, "light", "max-width"), (dark, "dark", "min-width")):
        assert "prefers-color-scheme" not in html
        assert f"@media ({on}:0)" in html
        assert re.search(rf'<meta name="color-scheme" content="{scheme}">', html)


def test_inversion_turns_everything_but_pictures(preview):
    html = frame(preview, colours="inverted")
    assert "filter:invert(1) hue-rotate(180deg)" in html
    assert "@media (max-width:0)" in html


@pytest.mark.parametrize("view", ["letter", "page"])
def test_an_image_of_the_post_comes_from_the_preview(preview, view):
    [src] = set(re.findall(r'src="([^"]+)"', frame(preview, view=view)))
    assert re.fullmatch(r"/media/[0-9a-f]{16}/hands\.png", src)
    answer = preview.ask(src)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, PNG, "image/png")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_links_open_where_nothing_can_open_and_fragments_stay(preview):
    html = frame(preview, view="page")
    assert '<base target="_blank">' in html
    fragments = re.findall(r'<a [^>]*href="#[^>]*>', html)
    assert fragments
    assert all('target="_self"' in link for link in fragments)


def test_the_page_needs_no_other_file(preview):
    html = frame(preview, view="page")
    assert "<link" not in html
    assert "<style>" in html


def test_text_and_source_are_shown_as_text(preview):
    assert "Words &amp; words" in frame(preview, view="text")
    assert "Content-Type: multipart/alternative" in frame(preview, view="raw")
    assert "&lt;feed" in frame(preview, view="atom")
    assert "&lt;rss" in frame(preview, view="rss")
    assert "jsonfeed.org" in frame(preview, view="json")


@pytest.mark.parametrize("reader", SAMPLES)
def test_every_reader_can_be_chosen_in_every_view(preview, reader):
    for view in VIEWS:
        assert preview.ask("/frame", part=PART, view=view, reader=reader).status == 200
    shown = preview.ask("/envelope", part=PART, reader=reader).text
    assert "example.org" in shown
    assert SAMPLES[reader].name.replace("&", "&amp;") in shown


def test_names_are_in_the_header_as_mail_needs_them(preview):
    assert decoded("=?utf-8?q?Dr=2E_A-?= =?utf-8?q?B?= <a@example.org>") == "Dr. A-B <a@example.org>"
    assert SAMPLES["rtl"].name in frame(preview, view="headers", reader="rtl")
    assert "=?utf-8?b?" in frame(preview, view="raw", reader="rtl")
    assert "To: someone@example.org" in frame(preview, view="raw", reader="none")


def test_who_joined_at_part_3_is_told_so_and_why_they_get_it(preview):
    assert "joined at part 3" in preview.ask("/envelope", part=PART, reader="late").text
    assert "joined at part 3" not in preview.ask("/envelope", part=PART, reader="plain").text
    late, plain = (frame(preview, view="text", reader=reader) for reader in ("late", "plain"))
    assert late != plain


def test_a_later_part_answers_the_first(preview):
    of_second = frame(preview, part="massage/02-risks.md", view="headers")
    assert "In-Reply-To" in of_second
    assert "In-Reply-To" not in frame(preview, view="headers")
    first = re.search(r"<dt>Message-ID</dt>\s*<dd><code>(.*?)</code>", frame(preview, view="headers"))[1]
    assert first in of_second


@pytest.mark.parametrize(
    "query",
    [
        {"view": "x", "kind": "digest", "colours": "<b>", "images": "", "reader": "root", "width": "-1"},
        {"width": "٣٧٥", "view": "", "part": ""},
        {"width": "9" * 400},
    ],
)
def test_nonsense_in_the_address_is_the_first_choice(query):
    wish = Wish.read(query)
    assert (wish.view, wish.kind, wish.colours, wish.images, wish.reader, wish.width) == (
        "letter",
        "release",
        "light",
        "on",
        "plain",
        640,
    )


def test_a_wish_survives_its_own_address():
    wish = Wish(part="a/01 b&c.md", view="raw", colours="dark", width=500)
    assert "part=a%2F01+b%26c.md&view=raw" in wish.query
    assert Wish.read({"width": "5000"}).width == WIDEST
    assert Wish.read({"width": "1"}).width == NARROWEST
    assert Wish.read({"width": "1199"}).width == WIDEST - 1
    assert list(COLOURS) == ["light", "dark", "inverted"]


def test_the_page_shows_the_map_of_its_series_and_leads_to_its_feeds(preview):
    html = frame(preview, view="page")
    assert 'class="map"' in html
    assert html.count("feed.xml") >= 1
