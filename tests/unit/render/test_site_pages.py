"""Pages are valid, light, well nested and say what they should."""

import itertools
import json
from dataclasses import replace

import pytest
from site_pages import BODY, FEEDS, RICH, WRITER, pages, parsed

from docchat_mailer.model.publication import SITE_ROOT, Picture, PromiseState
from docchat_mailer.render.environment import environment
from docchat_mailer.render.site import PageWriter, declared_pages, samples, stylesheet, templates
from docchat_mailer.render.views import Link, ListPage, PromiseView, Teaser
from factories import a_feed, a_site, an_entry

PAGES = pages()
HOSTILE = "</title><script>alert(1)</script> \"A\" & 'B' \u202bשלום \x00\x0b\u2028"


def plain_writer(**changes):
    return PageWriter(environment(), a_site(**changes))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_valid_html(path):
    parsed(PAGES[path])


@pytest.mark.parametrize("path", PAGES)
def test_headings_start_with_one_h1_and_skip_no_level(path):
    root = parsed(PAGES[path])
    levels = [int(one.tag[1]) for one in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("path", PAGES)
def test_ids_are_unique_and_fragments_lead_to_them(path):
    root = parsed(PAGES[path])
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in root.xpath("//@href") if href.startswith("#")} <= set(ids)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_weighs_under_50_kb_beyond_its_text(path):
    assert len(PAGES[path]) + len(stylesheet()) < 50_000


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/404/"])
def test_links_inside_the_site_are_relative(path):
    root = parsed(PAGES[path])
    assert not [href for href in root.xpath("//body//a/@href") if href.startswith("/")]
    assert SITE_ROOT not in PAGES[path].decode()


def test_a_page_not_found_links_absolutely():
    root = parsed(PAGES["/404/"])
    assert root.xpath("//link[@rel='stylesheet']/@href") == ["https://example.org/assets/style.css"]
    assert root.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_feeds_are_discovered_own_feed_first_with_distinct_titles():
    root = parsed(PAGES["/s/sample/two/"])
    links = root.xpath("//link[@rel='alternate']")
    assert [link.get("href") for link in links[:4]] == [
        "https://example.org/s/sample/feed.xml",
        "https://example.org/s/sample/atom.xml",
        "https://example.org/s/sample/feed.json",
        "https://example.org/feed.xml",
    ]
    assert len({link.get("title") for link in links}) == 6


def test_two_feeds_of_one_title_are_told_apart():
    page = plain_writer().part(an_entry(), [a_feed(), a_feed(path="/t/massage/")])
    titles = parsed(page).xpath("//link[@rel='alternate']/@title")
    assert len(set(titles)) == 6


def test_structured_data_names_series_and_position():
    data = json.loads(parsed(PAGES["/s/sample/two/"]).xpath("string(//script)"))
    assert (data["@type"], data["position"]) == ("BlogPosting", 2)
    assert data["isPartOf"]["url"] == "https://example.org/s/sample/"
    assert data["image"] == "https://example.org/m/picture.png"


def test_head_names_canonical_neighbours_and_open_graph():
    root = parsed(PAGES["/s/sample/two/"])
    assert root.xpath("//link[@rel='canonical']/@href") == ["https://example.org/s/sample/two/"]
    assert root.xpath("//link[@rel='prev']/@href") == ["https://example.org/s/sample/one/"]
    assert root.xpath("//link[@rel='next']/@href") == ["https://example.org/s/sample/three/"]
    assert root.xpath("//meta[@property='og:type']/@content") == ["article"]


def test_hostile_words_stay_words():
    writer = plain_writer(title=HOSTILE, subtitle=HOSTILE, rights=HOSTILE, sign_off=HOSTILE)
    entry = an_entry(title=HOSTILE, summary=HOSTILE, tags=(HOSTILE,), bare_title=HOSTILE)
    teaser = Teaser(
        title=HOSTILE,
        path="/p/x/",
        summary=HOSTILE,
        published=entry.published,
        language="he",
        tags=(HOSTILE,),
    )
    home = ListPage(heading=HOSTILE, path="/", number=1, count=1, teasers=(teaser,))
    for page in (writer.part(entry, [a_feed(title=HOSTILE)]), writer.list(home, [a_feed(title=HOSTILE)])):
        root = parsed(page)
        assert len(root.xpath("//script")) <= 1
        assert "alert(1)</script>" in root.xpath("string(//title)")
    data = json.loads(parsed(writer.part(entry, [])).xpath("string(//script)"))
    assert data["headline"].startswith("</title><script>")


def test_language_and_direction_are_told_where_they_differ():
    assert parsed(PAGES["/p/lone/"]).get("dir") == "rtl"
    root = parsed(PAGES["/t/one-tag/"])
    assert root.xpath("//article/@lang") == ["ar"]
    assert root.get("lang") == "en"


def test_dates_are_written_in_the_language_of_the_entry_and_the_zone_of_the_site():
    page = plain_writer().part(an_entry(language="de"), []).decode()
    assert "3. März 2026" in page


def test_a_correction_is_dated():
    late = replace(an_entry(), updated=samples.ENTRY.updated)
    assert "Updated March 17, 2026" in plain_writer().part(late, []).decode()
    assert "Updated" not in plain_writer().part(an_entry(), []).decode()


def test_a_promise_is_told_with_its_date_and_then_with_the_part_that_kept_it():
    due = PromiseView(topic="the costs", state=PromiseState.OPEN, due=samples.ENTRY.updated)
    kept = PromiseView(
        topic="the law", state=PromiseState.KEPT, link=Link(title="Law", path="/s/massage/law/")
    )
    root = parsed(plain_writer().part(an_entry(promises=(due, kept)), []))
    box = " ".join(root.xpath("string(//section[contains(@class,'promises')])").split())
    assert "the costs expected on March 17, 2026" in box
    assert root.xpath("//section//a/@href") == ["../../../s/massage/law/"]


@pytest.mark.parametrize(("shown", "word"), [(True, "late"), (False, "to come")])
def test_an_overdue_promise_is_late_only_where_the_site_says_so(shown, word):
    late = PromiseView(topic="the costs", state=PromiseState.OVERDUE, due=samples.ENTRY.published)
    root = parsed(plain_writer(show_overdue=shown).part(an_entry(promises=(late,)), []))
    assert root.xpath("string(//section//*[@class='note'])") == word


def test_where_the_text_says_stay_tuned_the_box_tells_only_news():
    promise = PromiseView(topic="the costs", state=PromiseState.OPEN)
    page = plain_writer().part(an_entry(html=BODY, promises=(promise,)), [])
    assert not parsed(page).xpath("//section[contains(@class,'promises')]")


def test_the_map_marks_the_page_one_is_on():
    root = parsed(PAGES["/s/sample/two/"])
    assert root.xpath("//*[@aria-current='page']/@href") == ["../../../s/sample/two/"]
    standings = [one.split()[0] for one in root.xpath("//ol[@class='map']/li/@class")]
    assert standings == ["out", "out", "dated", "promised", "late"]


def test_neighbours_make_the_map_where_there_is_no_series_page():
    root = parsed(plain_writer().part(an_entry(earlier=(Link(title="One", path="/s/massage/one/"),)), []))
    assert [one.strip() for one in root.xpath("//*[@class='stop-title']/text()")] == ["One", "Risks"]


def test_an_announcement_leads_to_its_part_once_that_is_out():
    assert parsed(PAGES["/s/sample/two/soon/"]).xpath("//p[@class='now-out']/a/@href") == [
        "../../../../s/sample/two/"
    ]


def test_a_lead_picture_is_shown_unless_the_text_shows_it():
    picture = Picture(url=f"{SITE_ROOT}/m/a.png", alt="Hands", width=4, height=3, length=9, type="image/png")
    shown = parsed(plain_writer().part(an_entry(picture=picture), []))
    assert shown.xpath("//img/@src") == ["../../../m/a.png"]
    own = an_entry(picture=picture, html=f'<p><img src="{SITE_ROOT}/m/a.png" alt="Hands"></p>')
    assert len(parsed(plain_writer().part(own, [])).xpath("//img")) == 1


def test_sign_off_and_notice_are_not_said_twice():
    writer = plain_writer(sign_off="Thanks for visiting!", notice="No medical advice.")
    once = writer.part(an_entry(text="Thanks  for\nvisiting!"), []).decode()
    assert "Thanks for visiting!" not in once
    assert "No medical advice." in once


def test_a_tag_archive_shows_whole_posts_with_a_way_to_each():
    root = parsed(PAGES["/t/one-tag/"])
    assert root.xpath("//h2/a/@href")[0] == "../../s/sample/two/"
    assert len(root.xpath("//article//table")) == 2
    assert [one.text for one in root.xpath("(//article)[1]//*[self::h3 or self::h4]")] == ["How", "Deep"]


def test_an_older_page_of_a_list_leads_both_ways():
    middle = ListPage(heading="All", path="/t/x/", number=2, count=3, entries=(RICH,))
    root = parsed(WRITER.list(middle, FEEDS))
    assert root.xpath("//link[@rel='canonical']/@href") == ["https://example.org/t/x/page/2/"]
    assert root.xpath("//nav[@class='pager']//a/@href") == ["../../../../t/x/", "../../../../t/x/page/1/"]


def test_an_empty_home_says_so():
    home = ListPage(heading="Doc", path="/", number=1, count=1)
    assert b"Nothing has been published yet." in plain_writer().list(home, [])


def test_the_page_of_feeds_names_each_in_three_formats_and_opml():
    hrefs = parsed(PAGES["/feeds/"]).xpath("//main//a/@href")
    for name in ("feed.xml", "atom.xml", "feed.json"):
        assert f"../s/sample/{name}" in hrefs
    assert "../feeds/feeds.opml" in hrefs


def test_the_templates_that_come_with_the_program_are_well():
    assert declared_pages(environment()) == []
    names = {name for name in environment().list_templates() if name.startswith("pages/")}
    assert names == set(templates())


@pytest.mark.parametrize(
    "fault", ["{{ entry.titel }}", "{% if %}", "{{ nothing }}", "{% include 'no.html' %}"]
)
def test_a_faulty_template_of_the_sites_own_is_named_with_its_line(tmp_path, fault):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "part.html").write_text(f"first\n{fault}\n")
    (problem,) = declared_pages(environment(tmp_path))
    assert problem.startswith(f"{tmp_path}/pages/part.html:2: ")


def test_a_sites_own_template_and_stylesheet_win(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "not_found.html").write_text("gone fishing")
    (tmp_path / "pages" / "style.css").write_text("a{color:red}")
    assert PageWriter(environment(tmp_path), a_site()).not_found() == b"gone fishing"
    assert stylesheet(environment(tmp_path)) == b"a{color:red}"
