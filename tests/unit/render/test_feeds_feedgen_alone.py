"""What feedgen does when it is left alone: if one of these ever changes, the way round it may go."""

import subprocess
import sys
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from feed_samples import DOCUMENT, FEED, PLAIN, SITE, rendered
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from docchat_mailer.render.environment import environment
from docchat_mailer.render.feeds import FeedRenderer
from docchat_mailer.render.feeds.atom import AtomFeedExtension
from docchat_mailer.render.views import FeedDocument, FeedFormat

ATOM = "{http://www.w3.org/2005/Atom}"
WHEN = datetime(2026, 1, 8, 8, tzinfo=UTC)


def alone() -> FeedGenerator:
    """A feed with nothing in it but what it must have."""
    made = FeedGenerator()
    made.id("urn:x")
    made.title("A & B")
    made.description("x")
    made.updated(WHEN)
    made.link(href="https://example.org/", rel="alternate")
    made.link(href="https://example.org/atom.xml", rel="self")
    return made


def entry(made: FeedGenerator, number: int = 1, **how: str) -> FeedEntry:
    """One more entry."""
    one = made.add_entry(**how)
    one.id(f"urn:x:{number}")
    one.title("A & <b>")
    one.updated(WHEN)
    one.content("<p>x</p>", type="html")
    return one


def atom(made: FeedGenerator) -> etree._Element:
    return etree.fromstring(made.atom_str())


def rss(made: FeedGenerator) -> etree._Element:
    return etree.fromstring(made.rss_str())


def test_it_takes_the_last_link_of_any_kind_for_the_sites():
    assert rss(alone()).findtext("channel/link") == "https://example.org/atom.xml"


def test_it_leaves_hub_and_archive_links_out_of_rss():
    made = alone()
    made.link(href="https://hub.example.net/", rel="hub")
    assert [link.get("rel") for link in rss(made).iter(f"{ATOM}link")] == ["self"]


def test_it_knows_few_relations_of_an_entry():
    with pytest.raises(ValueError, match="rel"):
        entry(alone()).link(href="https://example.org/", rel="replies")


def test_it_writes_an_invalid_type_for_cdata():
    made = alone()
    entry(made).content("<p>x</p>", type="CDATA")
    assert atom(made).find(f"{ATOM}entry/{ATOM}content").get("type") == "CDATA"


def test_it_gives_titles_no_type_and_rss_no_hexadecimal_reference():
    made = alone()
    entry(made)
    assert atom(made).find(f"{ATOM}entry/{ATOM}title").get("type") is None
    assert b"A &amp; &lt;b&gt;" in made.rss_str()


def test_it_drops_an_author_without_an_address_and_publishes_one_with():
    made = alone()
    entry(made, 1).author(name="DocChat")
    entry(made, 2).author(name="DocChat", email="me@example.org")
    assert [author.text for author in rss(made).iter("author")] == ["me@example.org (DocChat)"]


def test_it_says_now_where_no_date_was_given():
    made = alone()
    one = made.add_entry()
    one.id("urn:x:1")
    one.title("x")
    one.content("x")
    assert atom(made).findtext(f"{ATOM}entry/{ATOM}updated") > WHEN.isoformat()


@pytest.mark.parametrize(("text", "error"), [("\x00", ValueError), ("\ud800", UnicodeEncodeError)])
def test_it_fails_as_a_whole_over_one_character(text, error):
    made = alone()
    with pytest.raises(error):
        _written(made, text)


def _written(made: FeedGenerator, text: str) -> None:
    entry(made).content(text, type="html")
    made.atom_str()


def test_it_puts_a_new_entry_first():
    made = alone()
    entry(made, 1)
    entry(made, 2)
    assert [one.findtext(f"{ATOM}id") for one in atom(made).iter(f"{ATOM}entry")] == ["urn:x:2", "urn:x:1"]


def test_it_writes_no_stylesheet_no_archive_mark_and_no_language_of_an_entry():
    made = alone()
    entry(made)
    assert b"xml-stylesheet" not in made.atom_str()
    assert b"fh:archive" not in made.atom_str()
    assert atom(made).find(f"{ATOM}entry").attrib == {}


def test_its_tree_in_memory_is_in_no_namespace():
    tree, _ = alone()._create_atom()
    assert tree.find("title") is not None
    assert tree.find(f"{ATOM}title") is None
    parsed = etree.fromstring(rendered(FeedFormat.ATOM))
    assert parsed.find(f"{ATOM}title") is not None


def test_it_wraps_a_thumbnail_in_a_group():
    made = alone()
    made.load_extension("media")
    entry(made).media.thumbnail(url="https://example.org/x.png")
    media = "{http://search.yahoo.com/mrss/}"
    assert atom(made).find(f".//{media}group/{media}thumbnail") is not None


def test_it_loads_extensions_of_its_own_only():
    with pytest.raises(ImportError):
        alone().load_extension("docchat")


def test_an_extension_without_a_class_for_entries_is_silently_missing_there():
    made = alone()
    made.register_extension("docchat", AtomFeedExtension)
    assert not hasattr(entry(made), "docchat")


def test_its_days_to_skip_come_in_an_order_of_the_process():
    script = (
        "from feedgen.feed import FeedGenerator as F; f=F(); f.title('x'); f.description('x');"
        "f.link(href='https://example.org/'); f.skipDays(['Monday','Tuesday','Friday','Sunday','Saturday']);"
        "s=f.rss_str().decode(); print(s[s.index('<skipDays'):s.index('</skipDays')])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in "123456"
    }
    assert len(said) > 1


def test_it_says_a_length_of_nothing_and_keeps_one_of_two_enclosures():
    made = alone()
    one = entry(made)
    one.enclosure("https://example.org/a.mp3", type="audio/mpeg")
    one.enclosure("https://example.org/b.mp3", type="audio/mpeg")
    [enclosure] = rss(made).iter("enclosure")
    assert (enclosure.get("url")[-5:], enclosure.get("length")) == ("b.mp3", "None")


def test_it_holds_a_whole_feed_as_a_tree_and_ours_one_entry_at_a_time():
    entries = tuple(
        replace(
            PLAIN,
            id=f"urn:x:{number}",
            html=f"<p>{number} " + "It <b>helps</b> a little. " * 200 + "</p>",
            published=WHEN - timedelta(hours=number),
        )
        for number in range(300)
    )

    def theirs() -> None:
        made = alone()
        for number, one in enumerate(entries):
            entry(made, number, order="append").content(one.html, type="html")
        made.atom_str()

    def ours() -> None:
        renderer = FeedRenderer(environment(), SITE, cache_size=0)
        for start in range(0, len(entries), 30):
            document = FeedDocument(feed=FEED, updated=WHEN, entries=entries[start : start + 30])
            renderer.render(document, FeedFormat.ATOM)

    def peak(work) -> int:
        tracemalloc.start()
        work()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    rendered(FeedFormat.ATOM, DOCUMENT)  # templates are compiled once, and not counted
    assert peak(ours) < peak(theirs) / 2
