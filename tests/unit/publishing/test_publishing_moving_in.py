"""Posts of WordPress, Hugo and Jekyll: written as series and posts, adopted with the ids they had."""

import feedparser
import pytest

from docchat_mailer.content.html_text import markdown_of
from sites import SiteFolder, call_cli
from sites_png import PNG
from webhost import document, hosting

WXR = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"><channel>
<title>DocChat</title>
{items}
</channel></rss>
"""
ITEM = """\
<item><title>{title}</title><link>https://docchat.example/2019/05/{name}/</link>
<guid isPermaLink="false">https://docchat.example/?p={id}</guid><dc:creator>docchat</dc:creator>
<content:encoded><![CDATA[{body}]]></content:encoded><wp:post_id>{id}</wp:post_id>
<wp:post_date_gmt>2019-05-{day:02} 07:00:00</wp:post_date_gmt><wp:post_name>{name}</wp:post_name>
<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>
<category domain="category" nicename="uncategorized"><![CDATA[Uncategorized]]></category>
<category domain="post_tag" nicename="chronic-back-pain"><![CDATA[chronic back pain]]></category></item>
"""


def item(number, title, *, body="Some words.", status="publish", kind="post", name=None) -> str:
    slug = name or f"post-{number}"
    return ITEM.format(title=title, name=slug, id=number, day=number, body=body, status=status, kind=kind)


@pytest.fixture
def site(tmp_path) -> SiteFolder:
    return SiteFolder(tmp_path / "blog")


def wordpress(site: SiteFolder, *items: str, images: bool = False, **how):
    export = site.root / "export.xml"
    export.write_text(WXR.format(items="".join(items)), encoding="utf-8")
    more = ["--fetch-images"] if images else []
    return call_cli("adopt", "--wordpress", export, *more, "--config", site.config, cwd=site.root, **how)


def entries(site: SiteFolder) -> dict:
    return {entry.id: entry for entry in feedparser.parse(site.read("feed.xml")).entries}


def test_parts_become_a_series_with_tags_and_the_ids_they_had(site):
    done = wordpress(
        site,
        item(1, "Therapeutic Massage Part 1 &#8211; Potential Health Benefits", name="benefits"),
        item(8, "Therapeutic Massage Part 2 &#8211; Risks", name="risks"),
        item(3, "About these letters", name="about"),
        item(4, "A page", kind="page"),
        item(5, "Not yet", status="draft"),
    )
    assert "3 parts adopted, 0 left out; nobody was mailed" in done.stderr
    assert "'A page' is left out: publish page" in done.stderr
    assert "'Not yet' is left out: draft post" in done.stderr
    assert sorted(str(file.relative_to(site.posts)) for file in site.posts.rglob("*") if file.is_file()) == [
        "about.md",
        "ids.txt",
        "therapeutic-massage/01-benefits.md",
        "therapeutic-massage/02-risks.md",
        "therapeutic-massage/series.toml",
    ]
    found = entries(site)
    first = found["https://docchat.example/?p=1"]
    assert first.title == "Therapeutic Massage Part 1 – Potential Health Benefits"
    assert first.link == "https://docchat.example/2019/05/benefits/"
    assert "chronic back pain" in [tag.term for tag in first.tags]
    assert found["https://docchat.example/?p=3"].title == "About these letters"
    assert site.messages() == []
    assert call_cli("plan", "--config", site.config, cwd=site.root).stdout == "Nothing is planned.\n"


def test_doing_it_again_changes_nothing_and_what_was_edited_is_not_overwritten(site):
    posts = [item(1, "One"), item(2, "Two")]
    wordpress(site, *posts)
    before = site.public_bytes()
    assert "0 files written" in wordpress(site, *posts).stderr
    assert site.public_bytes() == before
    (site.posts / "post-1.md").write_text("mine", encoding="utf-8")
    done = wordpress(site, *posts, check=False)
    assert (done.returncode, (site.posts / "post-1.md").read_text(encoding="utf-8")) == (65, "mine")
    assert "1 files are there already, and differ: post-1.md" in done.stderr


def test_parts_with_a_gap_stay_posts_of_their_own(site):
    wordpress(site, item(1, "Massage Part 1: One"), item(2, "Massage Part 3: Three"))
    assert sorted(file.name for file in site.posts.glob("*.md")) == ["post-1.md", "post-2.md"]
    assert [entry.title for entry in entries(site).values()] == [
        "Massage Part 3: Three",
        "Massage Part 1: One",
    ]


def test_titles_keep_the_form_they_had(site):
    wordpress(site, item(1, "Massage (Part 1): Uses"), item(2, "Massage (Part 2): Risks"))
    assert sorted(entry.title for entry in entries(site).values()) == [
        "Massage (Part 1): Uses",
        "Massage (Part 2): Risks",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<rss><channel/></rss>", "this is no WordPress export, or an empty one"),
        ("<rss", "the export is no XML"),
    ],
)
def test_what_is_no_export_is_told(site, text, told):
    export = site.root / "export.xml"
    export.write_text(text, encoding="utf-8")
    done = call_cli("adopt", "--wordpress", export, "--config", site.config, cwd=site.root, check=False)
    assert done.returncode == 65
    assert told in done.stderr


def test_a_dry_run_lists_the_files_and_writes_none(site):
    export = site.root / "export.xml"
    export.write_text(WXR.format(items=item(1, "One")), encoding="utf-8")
    done = call_cli("adopt", "--wordpress", export, "-n", "--config", site.config, cwd=site.root)
    assert done.stdout == "post-1.md\n"
    assert list(site.posts.iterdir()) == []


def test_a_hugo_site_keeps_series_addresses_and_ids(site, tmp_path):
    content = tmp_path / "hugo" / "content" / "posts"
    content.mkdir(parents=True)
    (content / "_index.md").write_text("---\ntitle: Posts\n---\n", encoding="utf-8")
    (content / "uses.md").write_text(
        '+++\ntitle = "Uses"\ndate = 2019-05-01T09:00:00+02:00\nseries = ["Massage"]\nweight = 1\n+++\nWords.\n',
        encoding="utf-8",
    )
    (content / "risks.md").write_text(
        "---\ntitle: Risks\ndate: 2019-05-08\nseries: [Massage]\nweight: 2\naliases: [/old/risks/]\n---\nWords.\n",
        encoding="utf-8",
    )
    (content / "draft.md").write_text(
        "---\ntitle: x\ndate: 2019-05-09\ndraft: true\n---\nx\n", encoding="utf-8"
    )
    (content / "odd.md").write_text("---\ntitle: [\n---\nx\n", encoding="utf-8")
    done = call_cli("adopt", "--hugo", tmp_path / "hugo", "--config", site.config, cwd=site.root)
    assert "posts/draft.md:1: left out: it is a draft" in done.stderr
    assert "posts/odd.md:1: left out: its front matter cannot be read" in done.stderr
    found = entries(site)
    assert set(found) == {"https://docchat.example/posts/uses/", "https://docchat.example/posts/risks/"}
    assert {entry.link for entry in found.values()} == set(found)
    assert found["https://docchat.example/posts/uses/"].title == "Uses"
    assert "/old/risks/ /posts/risks/ 301" in site.read("_redirects")


def test_a_jekyll_site_keeps_ids_and_its_addresses_lead_on(site, tmp_path):
    posts = tmp_path / "jekyll" / "_posts"
    posts.mkdir(parents=True)
    (posts / "2019-05-01-uses.md").write_text(
        "---\ntitle: Uses\ncategories: health\n---\nWords.\n", encoding="utf-8"
    )
    call_cli("adopt", "--jekyll", tmp_path / "jekyll", "--config", site.config, cwd=site.root)
    assert set(entries(site)) == {"https://docchat.example/health/2019/05/01/uses"}
    assert site.read("_redirects") == "/health/2019/05/01/uses.html /p/uses/ 301\n"


def test_two_sites_are_not_read_in_one_go(site, tmp_path):
    done = call_cli(
        "adopt", "--hugo", tmp_path, "--jekyll", tmp_path, "--config", site.config, cwd=site.root, check=False
    )
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("One.\n\nTwo\nlines.", "One.\n\nTwo\nlines.\n"),
        ("<!-- wp:paragraph --><p>One.</p><!-- /wp:paragraph -->", "One.\n"),
        ("<ol><li><strong>Stress</strong> – it calms</li></ol>", "1. **Stress** – it calms\n"),
        ("<pre>a\n\nb</pre>", "```\na\n\nb\n```\n"),
        ("x<script>alert(1)</script>", "x\n"),
    ],
)
def test_html_becomes_markdown(html, markdown):
    assert markdown_of(html) == markdown


def shown(host: str, *paths: str) -> str:
    return "".join(f'<p><img src="{host}{path}" alt="a picture"></p>' for path in paths)


def test_images_are_fetched_where_that_is_asked_and_stand_beside_their_posts(site):
    kinds = {
        "/a/Hands.png": document(PNG, "image/png"),
        "/b/hands.png": document(PNG + b"other", "image/png"),
        "/page": document(b"<html>", "text/html"),
    }
    with hosting(kinds) as host:
        body = shown(host.url, "/a/Hands.png", "/b/hands.png", "/a/Hands.png", "/page", "/gone.png")
        done = wordpress(site, item(1, "Hands", body=body, name="hands"), images=True)
        assert sorted(set(host.asked)) == ["/a/Hands.png", "/b/hands.png", "/gone.png", "/page"]
    assert "2 images fetched" in done.stderr
    assert "/page is text/html" in done.stderr
    assert "404" in done.stderr
    found = {file.name: file.read_bytes() for file in site.posts.rglob("*.png")}
    assert found == {"hands.png": PNG, "hands-2.png": PNG + b"other"}
    text = next(site.posts.rglob("hands.md")).read_text(encoding="utf-8")
    assert text.count("](hands.png)") == 2
    assert "](hands-2.png)" in text
    assert f"]({host.url}/page)" in text


def test_images_stay_where_they_are_unless_that_is_asked(site):
    with hosting({"/a.png": document(PNG, "image/png")}) as host:
        done = wordpress(site, item(1, "Hands", body=shown(host.url, "/a.png"), name="hands"))
        assert host.asked == []
    assert "1 images stay where they are" in done.stderr


def test_the_old_feed_may_be_at_its_address(site):
    site.post("about", "About", "2019-05-03")
    feed = (
        b'<rss version="2.0"><channel><title>Old</title><item><title>About</title>'
        b'<link>https://docchat.example/about/</link><guid isPermaLink="false">old-id-1</guid>'
        b"<pubDate>Fri, 03 May 2019 07:00:00 GMT</pubDate></item></channel></rss>"
    )
    with hosting({"/feed": document(feed, "application/rss+xml")}) as host:
        call_cli("adopt", "--feed", f"{host.url}/feed", "--dry-run", "--config", site.config, cwd=site.root)
        call_cli("adopt", "--feed", f"{host.url}/feed", "--config", site.config, cwd=site.root)
    assert list(entries(site)) == ["old-id-1"]
