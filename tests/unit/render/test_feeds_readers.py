"""Feeds as readers, schemas and validators meet them."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import atoma
import feedparser
import jsonschema
import pytest
from feed_samples import ARCHIVE, DOCUMENT, EMPTY, FEED, PLAIN, SITE, rendered
from lxml import etree

from docchat_mailer.render.entries import entry_html
from docchat_mailer.render.environment import environment
from docchat_mailer.render.feeds import FEED_CSS_PATH, feed_css, feed_path, render_opml
from docchat_mailer.render.views import FeedFormat

TESTS = Path(__file__).parents[2]
GOLDEN = TESTS / "golden" / "feeds"
DOCUMENTS = {"full": DOCUMENT, "archive": ARCHIVE, "empty": EMPTY}
XML = (FeedFormat.RSS, FeedFormat.ATOM)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_atom_is_valid_by_the_grammar_of_rfc_4287(document):
    schema = etree.RelaxNG(etree.parse(TESTS / "schemas" / "atom.rng"))
    schema.assertValid(etree.fromstring(rendered(FeedFormat.ATOM, document)))


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_json_feed_is_valid_by_its_schema(document):
    schema = json.loads((TESTS / "schemas" / "json_feed.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(rendered(FeedFormat.JSON, document)), schema)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("format", XML)
def test_feedparser_finds_no_fault(format, document):  # noqa: A002
    made = rendered(format, document)
    parsed = feedparser.parse(made)
    assert made.startswith(b"<?xml")
    assert not parsed.bozo
    assert [entry.id for entry in parsed.entries] == [entry.id for entry in document.entries]
    assert [entry.link for entry in parsed.entries][1:] == ["https://example.org/s/massage/two/"][
        : len(parsed.entries)
    ]


def test_atoma_reads_the_enclosure_as_one():
    links = atoma.parse_atom_bytes(rendered(FeedFormat.ATOM)).entries[0].links
    assert [(link.rel, link.type_) for link in links] == [
        ("alternate", "text/html"),
        ("enclosure", "audio/mpeg"),
    ]
    assert atoma.parse_rss_bytes(rendered(FeedFormat.RSS)).items[0].enclosures[0].length == 4321


def test_three_formats_hold_the_same_entries():
    ids = [item["id"] for item in json.loads(rendered(FeedFormat.JSON))["items"]]
    rss = etree.fromstring(rendered(FeedFormat.RSS))
    assert rss.xpath("//guid/text()") == ids
    assert set(rss.xpath("//guid/@isPermaLink")) == {"false"}


def test_content_has_absolute_addresses_and_whole_fragments():
    html = json.loads(rendered(FeedFormat.JSON))["items"][0]["content_html"]
    assert '<a href="https://example.org/s/massage/drei-übung/#fn1">' in html
    assert '<a href="https://example.org/p/x/">' in html
    assert "docchat-site.invalid" not in html
    assert 'd: "&lt;a href=\\"#x\\"&gt;"' in html


@pytest.mark.parametrize("format", list(FeedFormat))
def test_addresses_are_ascii(format):  # noqa: A002
    made = rendered(format, DOCUMENT, replace(SITE, base_url="https://bücher.example"))
    assert "https://xn--bcher-kva.example/s/massage/drei-%C3%BCbung/" in made.decode()
    assert "https://bücher" not in made.decode()


def test_categories_are_sorted_and_name_series_and_part():
    feed = etree.fromstring(rendered(FeedFormat.ATOM))
    categories = feed.xpath("//*[local-name()='entry'][2]/*[local-name()='category']")
    assert [dict(category.attrib) for category in categories] == [
        {"term": "part-2", "scheme": "https://example.org/s/massage/", "label": "Massage, Part 2"},
        {"term": "korper", "scheme": "https://example.org/t/", "label": "Körper"},
        {"term": "touch-care", "scheme": "https://example.org/t/", "label": "Touch & care"},
    ]


def test_without_a_hub_none_is_named():
    site = replace(SITE, hub="")
    assert b'rel="hub"' not in rendered(FeedFormat.ATOM, site=site) + rendered(FeedFormat.RSS, site=site)
    assert "hubs" not in json.loads(rendered(FeedFormat.JSON, site=site))


def test_json_leads_to_the_archives():
    assert json.loads(rendered(FeedFormat.JSON))["next_url"] == "https://example.org/archive/0002.json"
    assert (
        json.loads(rendered(FeedFormat.JSON, ARCHIVE))["next_url"] == "https://example.org/archive/0001.json"
    )
    assert feed_path(replace(FEED, path="/s/x/"), FeedFormat.ATOM, 12) == "/s/x/archive/0012.atom"


def test_an_entry_without_title_or_summary_takes_its_first_words():
    entry = replace(PLAIN, title=" ", summary="", text="It helps. " * 60)
    item = json.loads(rendered(FeedFormat.JSON, replace(DOCUMENT, entries=(entry,))))["items"][0]
    assert item["title"].startswith("It helps.")
    assert len(item["title"]) <= 80
    assert item["summary"].endswith("…")


def test_an_adopted_id_keeps_its_letters_and_its_permalink():
    entry = replace(PLAIN, id="http://example.org/?p=7&x", permalink=True)
    guid = etree.fromstring(rendered(FeedFormat.RSS, replace(DOCUMENT, entries=(entry,)))).find(
        "channel/item/guid"
    )
    assert (guid.text, guid.get("isPermaLink")) == ("http://example.org/?p=7&x", "true")


def test_furniture_names_the_parts_around_promises_and_the_sign_off():
    html = entry_html(environment(), SITE, PLAIN)
    for said in ("Part 2 of 3", "Stay tuned", "expected on January 15, 2026", "Law: to come", "now out"):
        assert said in html
    assert '<a href="https://example.org/s/massage/one/">Part 1</a>' in html
    assert "Part 4" not in html
    assert "late" not in html
    assert "Thanks for visiting!" in html


def test_what_the_text_says_already_is_not_said_again():
    own = replace(
        PLAIN,
        html='<div class="stay-tuned"><p>Stay tuned</p></div>',
        text="stay tuned\nThanks for  visiting! This is not medical advice.",
    )
    html = entry_html(environment(), SITE, own)
    assert html.count("Stay tuned") == 1
    assert "expected on January 15, 2026" in html
    assert "Law" not in html
    assert "Thanks" not in html
    assert "medical" not in html


def test_opml_names_every_feed_file():
    outline = etree.fromstring(render_opml(SITE, [FEED])).find("body/outline")
    assert outline.get("type") == "rss"
    assert {f"https://example.org{feed_path(FEED, each)}" for each in FeedFormat} <= set(
        outline.attrib.values()
    )


def test_the_stylesheet_shows_titles():
    assert FEED_CSS_PATH.startswith("/")
    assert b"item > title" in feed_css()


def test_bytes_do_not_depend_on_hash_seed_zone_or_locale(tmp_path):
    code = (
        "import sys, hashlib; sys.path[:0] = [sys.argv[1]]\n"
        "from feed_samples import rendered; from docchat_mailer.render.views import FeedFormat\n"
        "print(hashlib.sha256(b''.join(map(rendered, FeedFormat))).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code, str(TESTS / "samples")],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LANG": lang, "LC_ALL": lang},
            cwd=tmp_path, check=True, capture_output=True,
        ).stdout
        for seed, zone, lang in (("1", "UTC", "C"), ("2", "Asia/Tokyo", "C.UTF-8"))
    }  # fmt: skip
    assert len(made) == 1


@pytest.mark.parametrize("name", ["full", "empty"])
@pytest.mark.parametrize("format", list(FeedFormat))
def test_golden_feeds(format, name):  # noqa: A002
    made, file = rendered(format, DOCUMENTS[name]), GOLDEN / f"{name}.{format.value}"
    if os.environ.get("DOCCHAT_GOLDEN") == "write":
        file.write_bytes(made)
    assert made == file.read_bytes()


@pytest.mark.parametrize("format", XML)
def test_no_repeated_updates_and_no_repeated_ids(format):  # noqa: A002
    parsed = feedparser.parse(rendered(format))
    assert len({entry.updated for entry in parsed.entries}) == len(parsed.entries)
    assert len({entry.id for entry in parsed.entries}) == len(parsed.entries)


def test_the_w3c_validator_is_content():
    validator = pytest.importorskip("feedvalidator", reason="the W3C feed validator is not installed here")
    for format in XML:  # noqa: A001
        events = validator.validateString(rendered(format).decode(), firstOccurrenceOnly=1)["loggedEvents"]
        assert [event for event in events if isinstance(event, validator.logging.Error)] == []
