"""What feedgen by itself would lose or spoil, and what our feeds say instead: one test for each."""

import json
import locale
import re
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from feed_samples import ARCHIVE, DOCUMENT, FEED, HOSTILE, PLAIN, SITE, rendered
from lxml import etree

from docchat_mailer.render.environment import environment
from docchat_mailer.render.feeds import FeedRenderer
from docchat_mailer.render.views import FeedFormat

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
}
XML = (FeedFormat.RSS, FeedFormat.ATOM)


def found(format, path, document=DOCUMENT, site=SITE):  # noqa: A002
    return etree.fromstring(rendered(format, document, site)).xpath(path, namespaces=NS)


def test_entry_links_keep_rel_type_and_length():
    (link,) = found(FeedFormat.ATOM, "a:entry[1]/a:link[@rel='enclosure']")
    assert (link.get("type"), link.get("length")) == ("audio/mpeg", "4321")
    assert found(FeedFormat.ATOM, "string(a:entry[1]/a:link[@rel='alternate']/@type)") == "text/html"


def test_rss_site_link_is_the_page_and_not_the_last_link():
    assert found(FeedFormat.RSS, "string(channel/link)") == "https://example.org/"
    assert found(FeedFormat.RSS, "string(channel/image/link)") == "https://example.org/"


@pytest.mark.parametrize("format", XML)
def test_every_link_relation_is_written(format):  # noqa: A002
    assert sorted(found(format, "//a:link[not(ancestor::a:entry)]/@rel", ARCHIVE)) == [
        "alternate", "alternate", "alternate", "current", "hub", "next-archive", "prev-archive", "self",
    ]  # fmt: skip


@pytest.mark.parametrize(("format", "name"), [(FeedFormat.RSS, "feed.xml"), (FeedFormat.ATOM, "atom.xml")])
def test_each_format_has_one_self_link_of_its_own(format, name):  # noqa: A002
    links = found(format, "//a:link[@rel='self']")
    assert [(link.get("href"), link.get("type")) for link in links] == [
        (f"https://example.org/{name}", format.media_type)
    ]


def test_history_links_stay_out_of_entries():
    assert set(found(FeedFormat.ATOM, "//a:entry/a:link/@rel", ARCHIVE)) == {"alternate", "enclosure"}
    assert found(FeedFormat.RSS, "//item/a:link", ARCHIVE) == []


@pytest.mark.parametrize("format", XML)
def test_content_is_escaped_and_never_cdata(format):  # noqa: A002
    assert b"<![CDATA[" not in rendered(format)
    assert set(found(FeedFormat.ATOM, "//a:content/@type")) == {"html"}


def test_summary_and_content_do_not_overwrite_each_other():
    names = [child.tag for child in found(FeedFormat.RSS, "channel/item[1]/*")]
    assert names.index("description") < names.index(f"{{{NS['content']}}}encoded")
    assert found(FeedFormat.RSS, "string(//item[1]/description)") == "Short &amp; &lt;sweet&gt;"
    assert found(FeedFormat.ATOM, "string(//a:entry[1]/a:summary)") == "Short & <sweet>"
    assert "<code>" in found(FeedFormat.ATOM, "string(//a:entry[1]/a:content)")


def test_titles_are_typed_in_atom_and_hex_escaped_in_rss():
    assert b"<title>A &#x26; B &#x3C;b&gt; ]]&gt; " in rendered(FeedFormat.RSS)
    assert found(FeedFormat.RSS, "string(//item[1]/title)").startswith("A & B <b> ]]> ")
    (title,) = found(FeedFormat.ATOM, "//a:entry[1]/a:title")
    assert title.get("type") == "html"
    assert title.text.startswith("A &amp; B &lt;b&gt;")
    assert found(FeedFormat.ATOM, "//a:entry[2]/a:title/@type") == []


def test_the_author_is_named_in_rss_without_an_address():
    assert set(found(FeedFormat.RSS, "//item/dc:creator/text()")) == {"DocChat"}
    assert found(FeedFormat.RSS, "//item/author") == []


def test_dates_are_whole_seconds_and_never_now():
    assert found(FeedFormat.ATOM, "//a:published/text()")[1] == "2026-01-08T08:00:00+00:00"
    assert found(FeedFormat.RSS, "//item/pubDate/text()")[1] == "Thu, 08 Jan 2026 08:00:00 +0000"
    assert found(FeedFormat.RSS, "string(//lastBuildDate)") == "Sat, 10 Jan 2026 08:00:00 +0000"
    assert found(FeedFormat.ATOM, "string(a:updated)") == "2026-01-10T08:00:00+00:00"


def test_dates_of_any_zone_are_said_in_utc_and_naive_ones_refused():
    east = replace(PLAIN, published=PLAIN.published.astimezone(timezone(timedelta(hours=5))))
    assert rendered(FeedFormat.ATOM, replace(DOCUMENT, entries=(east,))) == rendered(
        FeedFormat.ATOM, replace(DOCUMENT, entries=(PLAIN,))
    )
    naive = replace(PLAIN, published=PLAIN.published.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no zone"):
        rendered(FeedFormat.ATOM, replace(DOCUMENT, entries=(naive,)))


@pytest.mark.parametrize("format", list(FeedFormat))
def test_illegal_characters_go_and_the_rest_stays(format):  # noqa: A002
    text = rendered(format).decode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]", text)
    assert "🎈 \u202bשלום" in text


@pytest.mark.parametrize("format", XML)
def test_entries_stand_in_the_order_given(format):  # noqa: A002
    assert found(format, "//a:entry/a:id/text() | //item/guid/text()") == [HOSTILE.id, PLAIN.id]


@pytest.mark.parametrize("format", XML)
def test_a_stylesheet_instruction_leads_to_the_css(format):  # noqa: A002
    assert b'<?xml-stylesheet href="./feed.css" type="text/css"?>' in rendered(format)
    assert b'href="../feed.css"' in rendered(format, ARCHIVE)


@pytest.mark.parametrize("format", XML)
def test_archives_are_marked_and_languages_and_updates_said(format):  # noqa: A002
    assert len(found(format, "//fh:archive", ARCHIVE)) == 1
    assert found(format, "//fh:archive | //fh:complete") == []
    assert found(format, "//item/@xml:lang | //a:entry/@xml:lang") == ["de"]
    assert found(FeedFormat.RSS, "//item/a:updated/text()")[1] == "2026-01-09T08:00:00+00:00"


def test_atom_elements_are_in_the_atom_namespace():
    assert {element.tag for element in found(FeedFormat.ATOM, "//*[local-name()='link']")} == {
        f"{{{NS['a']}}}link"
    }


@pytest.mark.parametrize("format", XML)
def test_a_thumbnail_is_a_single_element_and_nothing_says_none(format):  # noqa: A002
    (thumbnail,) = found(format, "//media:thumbnail")
    assert thumbnail.get("url") == "https://example.org/m/bild%20%C3%BC.png"
    assert (thumbnail.get("width"), thumbnail.get("height")) == ("640", "480")
    assert found(format, "//media:group | //textInput | //source") == []
    assert b">None<" not in rendered(format)


@pytest.mark.parametrize("format", XML)
def test_every_entry_carries_the_extension(format):  # noqa: A002
    assert len(found(format, "//item/dc:creator | //a:entry/a:link[@type='text/html']")) == 2


def test_html_that_is_no_xml_is_content():
    content = found(FeedFormat.ATOM, "string(//a:entry[1]/a:content)")
    assert "<p>&nbsp;code " in content


@pytest.mark.parametrize("format", XML)
def test_nothing_with_a_varying_order_is_used(format):  # noqa: A002
    assert found(format, "//skipDays | //skipHours") == []
    assert rendered(format, replace(DOCUMENT, entries=(replace(PLAIN, tags=PLAIN.tags[::-1]),))) == rendered(
        format, replace(DOCUMENT, entries=(PLAIN,))
    )


def test_entries_do_not_touch_the_locale(monkeypatch):
    calls = []
    real = locale.setlocale
    monkeypatch.setattr(locale, "setlocale", lambda *given: calls.append(given) or real(*given))
    rendered(FeedFormat.RSS, replace(DOCUMENT, entries=()))
    without = len(calls)
    calls.clear()
    rendered(FeedFormat.RSS)
    assert len(calls) == without


@pytest.mark.parametrize("format", XML)
def test_spliced_fragments_declare_no_namespaces_but_keep_their_content(format):  # noqa: A002
    told = 'see xmlns:x="y" > here'
    entry = replace(HOSTILE, html=f"<p>{told}</p>")
    made = rendered(format, replace(DOCUMENT, entries=(entry,))).decode()
    assert "ns0" not in made
    assert 'xml:lang="de"' in made
    assert told.replace(">", "&gt;") in made
    assert " xmlns" not in made.split("<item" if format is FeedFormat.RSS else "<entry")[1].split(">")[0]


def test_the_enclosure_has_its_length_and_stands_once():
    (enclosure,) = found(FeedFormat.RSS, "//enclosure")
    assert dict(enclosure.attrib) == {
        "url": "https://xn--bcher-kva.example/a%20b.mp3",
        "length": "4321",
        "type": "audio/mpeg",
    }


def test_fragments_are_kept_for_other_feeds_within_bounds():
    renderer = FeedRenderer(environment(), SITE, cache_size=20_000)
    first = renderer.render(DOCUMENT, FeedFormat.RSS)
    other = replace(DOCUMENT, feed=replace(FEED, id="tag:example.org,2026:feed/t", path="/t/x/"))
    assert renderer.render(other, FeedFormat.RSS).split(b"<item")[1:] == first.split(b"<item")[1:]
    for number in range(50):
        renderer.render(replace(DOCUMENT, entries=(replace(PLAIN, title=f"T{number}"),)), FeedFormat.ATOM)
    assert renderer._fragments.held <= 20_000


def test_an_edited_entry_is_rendered_again():
    renderer = FeedRenderer(environment(), SITE)
    renderer.render(DOCUMENT, FeedFormat.JSON)
    edited = replace(DOCUMENT, entries=(replace(PLAIN, html="<p>New.</p>"),))
    assert "<p>New.</p>" in json.loads(renderer.render(edited, FeedFormat.JSON))["items"][0]["content_html"]
