"""A blog taken over with its old feed: ids, addresses and dates stay, and readers' programs see nothing new."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from sites import SiteFolder, call_cli

RSS = """\
<?xml version="1.0"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>DocChat</title><link>https://docchat.example/</link><description>x</description>
<atom:link rel="self" href="https://docchat.example/feed/" type="application/rss+xml"/>
<item><title>Massage Part 1 &#8211; Benefits</title><link>https://docchat.example/2019/05/benefits/</link>
<guid isPermaLink="false">https://docchat.example/?p=12</guid><pubDate>Fri, 03 May 2019 07:00:00 +0000</pubDate></item>
<item><title>Sleep &amp; rest</title><link>https://docchat.example/2019/04/sleep-well.html</link>
<guid>https://docchat.example/2019/04/sleep-well.html</guid><pubDate>Mon, 01 Apr 2019 07:00:00 +0200</pubDate></item>
<item><title>Warm hands</title><link>https://docchat.example/2019/03/warm-hands/</link>
<pubDate>Fri, 01 Mar 2019 07:00:00 +0000</pubDate></item>
</channel></rss>
"""
ATOM = """\
<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>DocChat</title><id>urn:x</id><updated>2019-05-04T00:00:00Z</updated>
<entry><id>urn:post:1</id><title>Benefits</title><link href="https://docchat.example/2019/05/benefits/"/>
<published>2019-05-03T07:00:00Z</published><updated>2019-05-04T00:00:00Z</updated></entry>
</feed>
"""
JSON = """\
{"version": "https://jsonfeed.org/version/1.1", "title": "DocChat", "items": [
 {"id": "17", "url": "https://docchat.example/2019/05/benefits/", "title": "Benefits", "content_text": "x",
  "date_published": "2019-05-03T09:00:00+02:00"}]}
"""

DOCTYPE = """\
<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss><channel><item><guid>&x;</guid></item></channel></rss>
"""


@pytest.fixture
def blog(tmp_path) -> SiteFolder:
    """A series whose first part is long out, and two posts, none of them with a date that is known here."""
    site = SiteFolder(tmp_path / "blog")
    site.series(start="2019-05-03T09:00:00")
    site.part(1, "Benefits")
    for slug, title in (("sleep-well", "Sleep &amp; rest"), ("hands", "Warm hands")):
        (site.posts / f"{slug}.md").write_text(f'---\ntitle: "{title}"\n---\n\nWords.\n', encoding="utf-8")
    return site


def adopted(site: SiteFolder, *arguments: str | Path):
    return call_cli("adopt", *arguments, "--config", site.config, cwd=site.root)


def old(site: SiteFolder, text: str, name="old-feed.xml") -> Path:
    file = site.root / name
    file.write_text(text, encoding="utf-8")
    return file


def test_ids_addresses_and_dates_are_those_of_the_old_feed(blog):
    done = adopted(blog, "--feed", old(blog, RSS))
    assert "3 parts adopted, 0 left out; nobody was mailed" in done.stderr
    assert 'aliases = ["/feed/"]' in done.stderr
    entries = {entry.id: entry for entry in feedparser.parse(blog.read("atom.xml")).entries}
    assert entries["https://docchat.example/?p=12"].link == "https://docchat.example/2019/05/benefits/"
    assert entries["https://docchat.example/?p=12"].published == "2019-05-03T07:00:00+00:00"
    moved = entries["https://docchat.example/2019/04/sleep-well.html"]
    assert (moved.link, moved.published) == (
        "https://docchat.example/p/sleep-well/",
        "2019-04-01T05:00:00+00:00",
    )
    assert entries["https://docchat.example/2019/03/warm-hands/"].link.endswith("/2019/03/warm-hands/")
    assert "Words." in blog.read("2019/03/warm-hands/index.html")
    assert blog.messages() == []


def test_a_date_is_not_missed_any_more_once_the_old_feed_gave_it(blog):
    before = call_cli("check", "--config", blog.config, cwd=blog.root)
    assert "hands.md:1: a post of its own has no 'date'" in before.stdout + before.stderr
    adopted(blog, "--feed", old(blog, RSS))
    after = call_cli("check", "--config", blog.config, cwd=blog.root)
    assert "'date'" not in after.stdout + after.stderr


def test_what_moved_leads_to_where_it_is_now(blog):
    adopted(blog, "--feed", old(blog, RSS))
    blog.config.write_text(
        blog.config.read_text(encoding="utf-8") + '\n[feeds]\naliases = ["/feed/", "/feed/atom/"]\n',
        encoding="utf-8",
    )
    call_cli("build", "--config", blog.config, cwd=blog.root)
    assert blog.read("_redirects").splitlines() == [
        "/feed/ /feed.xml 301",
        "/feed/atom/ /atom.xml 301",
        "/2019/04/sleep-well.html /p/sleep-well/ 301",
    ]
    rules = re.findall(r'RedirectMatch 301 "(.+)" "(.+)"', blog.read(".htaccess"))
    assert [re.fullmatch(rules[2][0], "/2019/04/sleep-well.html") is not None, rules[2][1]] == [
        True,
        "/p/sleep-well/",
    ]
    assert re.fullmatch(rules[0][0], "/feed")
    assert not re.fullmatch(rules[0][0], "/feedback")


@pytest.mark.parametrize(("text", "name"), [(ATOM, "old.xml"), (JSON, "old.json")])
def test_atom_and_json_feeds_are_read_too(blog, text, name):
    done = adopted(blog, "--feed", old(blog, text, name))
    entry = next(e for e in feedparser.parse(blog.read("atom.xml")).entries if "Benefits" in e.title)
    assert entry.id == ("urn:post:1" if text is ATOM else "17")
    assert entry.published == "2019-05-03T07:00:00+00:00"
    assert "1 parts adopted" in done.stderr


def test_a_table_says_what_no_feed_can(blog):
    table = old(
        blog,
        "path,entry_id,url,published,updated\n"
        "massage/01-benefits.md,urn:a:1,https://docchat.example/2019/05/benefits/,2019-05-03T09:00:00+02:00,\n"
        "hands.md,urn:a:2,,2019-03-01T08:00:00+01:00,2019-06-01T08:00:00+02:00\n",
        "old.csv",
    )
    adopted(blog, "--map", table)
    entries = {entry.id: entry for entry in feedparser.parse(blog.read("atom.xml")).entries}
    assert entries["urn:a:1"].link.endswith("/2019/05/benefits/")
    assert (entries["urn:a:2"].published, entries["urn:a:2"].updated) == (
        "2019-03-01T07:00:00+00:00",
        "2019-06-01T06:00:00+00:00",
    )


def test_a_dry_run_shows_the_ids_and_changes_nothing(blog):
    before = sorted(file for file in blog.root.rglob("*") if file.is_file())
    done = adopted(blog, "--feed", (feed := old(blog, RSS)), "--dry-run")
    assert "massage/1: Benefits  https://docchat.example/?p=12" in done.stdout
    assert "3 parts would be adopted" in done.stderr
    assert sorted(file for file in blog.root.rglob("*") if file.is_file() and file != feed) == before


def test_a_doubtful_entry_stops_everything(blog):
    blog.post("warm-hands-2", "Warm hands", "2019-03-02")
    feed = old(blog, RSS.replace("/2019/03/warm-hands/", "/2019/03/other/"))
    done = call_cli("adopt", "--feed", feed, "--config", blog.config, cwd=blog.root, check=False)
    assert done.returncode == 65
    assert "old-feed.xml:9: 'Warm hands' may be hands.md or warm-hands-2.md" in done.stderr
    assert not (blog.root / "public").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<html><body/></html>", "old-feed.xml: this is no RSS, Atom or JSON feed - its root is <html>"),
        ("<rss", "old-feed.xml:1: this is no RSS, Atom or JSON feed"),
        (RSS.replace("Fri, 03 May 2019 07:00:00 +0000", "soon"), "old-feed.xml:5: 'soon' is no date"),
        ('{"a": 1}', "old-feed.xml: this is no RSS, Atom or JSON feed - it is JSON, but no JSON Feed"),
        (
            DOCTYPE,
            "old-feed.xml: the old feed declares a document type",
        ),
    ],
)
def test_a_bad_feed_is_told_with_its_line(blog, text, told):
    done = call_cli("adopt", "--feed", old(blog, text), "--config", blog.config, cwd=blog.root, check=False)
    assert done.returncode == 65
    assert told in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("path,id\n", "old.csv:1: the table has other columns - missing: entry_id, url, published"),
        ("path,entry_id,url,published\nhands.md,,,\n", "old.csv:2: a line has no path or no entry_id"),
        (
            "path,entry_id,url,published\nhands.md,urn:1,,2019-03-01\n",
            "old.csv:2: '2019-03-01' is no instant",
        ),
    ],
)
def test_a_bad_table_is_told_with_its_line(blog, text, told):
    done = call_cli(
        "adopt", "--map", old(blog, text, "old.csv"), "--config", blog.config, cwd=blog.root, check=False
    )
    assert done.returncode == 65
    assert told in done.stderr


def test_dates_are_kept_even_where_parts_came_out_of_order(blog):
    blog.part(2, "Risks")
    table = old(
        blog,
        "path,entry_id,url,published\n"
        "massage/01-benefits.md,urn:a:1,,2019-05-03T09:00:00+02:00\n"
        "massage/02-risks.md,urn:a:2,,2019-05-01T09:00:00+02:00\n",
        "old.csv",
    )
    adopted(blog, "--map", table)
    said = {entry.id: entry.published for entry in feedparser.parse(blog.read("atom.xml")).entries}
    assert said == {"urn:a:1": "2019-05-03T07:00:00+00:00", "urn:a:2": "2019-05-01T07:00:00+00:00"}


def test_what_cannot_be_adopted_though_readers_know_it_is_said(blog):
    blog.series(start="2099-05-03T09:00:00")
    blog.part(2, "Risks")
    table = old(
        blog,
        "path,entry_id,url,published\nmassage/02-risks.md,urn:a:2,,2019-05-10T09:00:00+02:00\n",
        "old.csv",
    )
    done = call_cli("adopt", "--map", table, "--config", blog.config, cwd=blog.root, check=False)
    assert done.returncode == 65
    assert (
        "massage/02-risks.md:1: not adopted, though it stands at old.csv:2 - it, or a part before it"
        in done.stderr
    )


def test_a_post_that_nothing_tells_of_is_named_before_it_gets_a_new_id(blog):
    blog.post("extra", "Extra", "2019-02-01")
    done = adopted(blog, "--feed", old(blog, RSS), "--dry-run")
    assert "extra.md:1: nothing tells its old id, so it gets a new one" in done.stderr


def test_an_adoption_that_was_killed_goes_on_to_the_same_end(blog, tmp_path):
    for number in range(40):
        blog.post(f"post-{number:02}", f"Post {number}", f"2018-01-{1 + number % 28:02}")
    twin = tmp_path / "twin"
    shutil.copytree(blog.root, twin)
    feed = old(blog, RSS)
    killed = subprocess.Popen(
        [sys.executable, "-c", SLOW, "adopt", "--feed", str(feed), "--config", str(blog.config)],
        cwd=blog.root,
        stdout=subprocess.PIPE,
    )
    assert killed.stdout.read(1) == b"!"  # its first block is in the database
    killed.kill()
    killed.wait(30)
    killed.stdout.close()
    adopted(blog, "--feed", feed)
    call_cli("adopt", "--feed", feed, "--config", twin / "config.toml", cwd=twin)
    assert blog.read("atom.xml") == (twin / "public/atom.xml").read_text(encoding="utf-8")
    assert (blog.posts / "ids.txt").read_text(encoding="utf-8") == (twin / "posts/ids.txt").read_text(
        encoding="utf-8"
    )


SLOW = """
import sys, time
from docchat_mailer.publishing import adopting
from docchat_mailer.cli.__main__ import main
adopting.BLOCK = 10
real, done = adopting.freeze_many, []
def once(*given):
    if done:
        sys.stdout.write("!"); sys.stdout.flush(); time.sleep(60)
    done.append(real(*given))
adopting.freeze_many = once
main()
"""
"""The program, stopped before its second block."""


# -- what readers' programs do with the old feed and then with ours -------------------------------------------


def guid_of(entry) -> str:
    return entry.get("id", "")


def miniflux(entries) -> list[str]:
    """The guid or Atom id, hashed; the address where there is none."""
    return [hashlib.sha256((guid_of(entry) or entry.link).encode()).hexdigest() for entry in entries]


def freshrss(entries) -> list[str]:
    """The guid; the addresses of all where more than one in twenty has none, or one that is not its own."""
    guids = [guid_of(entry) for entry in entries]
    bad = sum(1 for guid in guids if not guid or guids.count(guid) > 1)
    return [entry.link for entry in entries] if bad * 20 > len(guids) else guids


def netnewswire(entries) -> list[tuple[str, str]]:
    """The guid, and the address it opens: a guid that looks like one, if nothing says it is none."""
    return [
        (guid_of(entry), guid_of(entry) if entry.get("guidislink") and "://" in guid_of(entry) else "")
        for entry in entries
    ]


@pytest.mark.parametrize("identities", [miniflux, freshrss, netnewswire])
@pytest.mark.parametrize(("text", "ours"), [(RSS, "feed.xml"), (ATOM, "atom.xml")])
def test_no_entry_is_new_to_a_reader_who_had_the_old_feed(blog, identities, text, ours):
    if text is ATOM:
        for file in blog.posts.glob("*.md"):
            file.unlink()
    else:
        text = text.replace("<pubDate>Fri, 01", '<guid isPermaLink="false">urn:3</guid><pubDate>Fri, 01')
    adopted(blog, "--feed", old(blog, text))
    known, now = (identities(feedparser.parse(feed).entries) for feed in (text, blog.read(ours)))
    assert sorted(now) == sorted(known)
    assert len(now) == len(set(now))


def test_an_item_without_a_guid_stays_known_by_its_address(blog):
    adopted(blog, "--feed", old(blog, RSS))
    known, now = (feedparser.parse(feed).entries for feed in (RSS, blog.read("feed.xml")))
    assert sorted(miniflux(known)) == sorted(miniflux(now))
    assert sorted(entry.get("id") or entry.link for entry in known) == sorted(entry.id for entry in now)
