"""Published files over HTTP: tags, dates, codings, and nothing that was not published."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from docchat_mailer.web.collection import Collection, Moved
from doors import open_door, served, with_door
from sites import SiteFolder

BEFORE, START = "2027-03-01", "2027-03-16T10:00"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("pages") / "site"))
    folder.series()
    folder.part(1, "Benefits", body="Some words.\n\n" * 200)
    folder.post("about", "About", "2027-03-16T08:30:00+01:00", front="aliases: [/old-about/]\n")
    folder.tick(BEFORE)
    folder.tick(START)
    (folder.root / "public/secret.txt").write_text("not published", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def door(site):
    with open_door(site) as found:
        yield found


def test_a_page_is_the_file_with_a_strong_tag_and_its_date(door, site):
    got = door.get("/s/massage/benefits/")
    assert (got.status, got.text) == (200, site.read("s/massage/benefits/index.html"))
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert got.headers["etag"] == f'"{hashlib.sha256(got.body).hexdigest()[:32]}"'
    assert got.headers["last-modified"].endswith("GMT")
    assert got.headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("path", "type_"),
    [
        ("/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
        ("/s/massage/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/assets/style.css", "text/css; charset=utf-8"),
        ("/feeds/feeds.opml", "text/x-opml; charset=utf-8"),
    ],
)
def test_each_kind_of_file_has_its_media_type(door, path, type_):
    got = door.get(path)
    assert (got.status, got.headers["content-type"]) == (200, type_)


def test_a_feed_may_be_kept_a_quarter_of_an_hour_and_read_by_any_page(door):
    got = door.get("/feed.xml")
    assert got.headers["cache-control"] == "public, max-age=900"
    assert got.headers["access-control-allow-origin"] == "*"


def test_every_poll_of_an_unchanged_feed_is_answered_with_304(door):
    got = door.get("/atom.xml")
    for _ in range(20):
        by_tag = door.get("/atom.xml", If_None_Match=got.headers["etag"])
        assert (by_tag.status, by_tag.body, by_tag.headers["etag"]) == (304, b"", got.headers["etag"])
        by_date = door.get("/atom.xml", If_Modified_Since=got.headers["last-modified"])
        assert (by_date.status, by_date.body) == (304, b"")
    weak = door.get("/atom.xml", If_None_Match=f'"other", W/{got.headers["etag"]}')
    assert weak.status == 304


def test_a_304_reads_no_file(site):
    with site.at(START) as (app, _):
        collection = app.door()
        item = Collection(collection.db, collection.public).find("/feed.xml")
        with served(collection) as found:
            found.get("/")
            (site.root / "public/feed.xml").rename(site.root / "public/feed.gone")
            try:
                tag = f'"{item.sha256[:32]}"'
                assert found.get("/feed.xml", If_None_Match=tag).status == 304
                assert found.get("/feed.xml").status == 404
            finally:
                (site.root / "public/feed.gone").rename(site.root / "public/feed.xml")


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If_Modified_Since": "Fri, 01 Jan 2010 00:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
    ],
)
def test_whoever_has_another_one_gets_it(door, headers):
    assert door.get("/feed.xml", **headers).status == 200


def test_gzip_is_another_representation_with_a_tag_of_its_own(door, site):
    plain = door.get("/s/massage/benefits/")
    packed = door.get("/s/massage/benefits/", Accept_Encoding="br, gzip;q=0.5")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3
    assert packed.headers["etag"] != plain.headers["etag"]
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    again = door.get("/s/massage/benefits/", Accept_Encoding="gzip", If_None_Match=packed.headers["etag"])
    assert (again.status, again.headers["etag"]) == (304, packed.headers["etag"])
    refused = door.get("/s/massage/benefits/", Accept_Encoding="gzip;q=0")
    assert "content-encoding" not in refused.headers


def test_head_says_what_get_would_and_sends_nothing(door):
    got, head = door.get("/feed.xml"), door.ask("HEAD", "/feed.xml")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(got.body))


def test_a_folder_without_its_slash_and_an_old_address_lead_on(door):
    slash = door.get("/s/massage?a=b")
    assert (slash.status, slash.headers["location"]) == (301, "/s/massage/?a=b")
    old = door.get("/old-about/")
    assert (old.status, old.headers["location"]) == (301, "/p/about/")
    assert door.get("/old-about").status == 301


@pytest.mark.parametrize(
    "path",
    ["/secret.txt", "/_headers", "/_redirects", "/.htaccess", "/nothing", "/s/massage/benefits/index.htm"],
)
def test_what_was_not_published_is_not_there_and_is_told_so_by_a_page(door, site, path):
    got = door.get(path)
    assert (got.status, got.text) == (404, site.read("404.html"))


@pytest.mark.parametrize(
    "path",
    [
        "/../config.toml",
        "/..%2fconfig.toml",
        "/%2e%2e/config.toml",
        "/s/../../config.toml",
        "/..\\config.toml",
        "/s/massage/..%5c..%5cconfig.toml",
        "//etc/passwd",
        "/%00",
        "/feed.xml%00.html",
        "/feed.xml;x",
        "/FEED.XML",
    ],
)
def test_threat_T27_no_path_leaves_what_was_published(door, path):
    assert door.get(path).status in {404, 301}
    assert b"postal_address" not in door.get(path).body


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/..", "/\\evil.example", "/https:evil.example"]
)
def test_threat_T28_no_redirect_leads_to_another_host(door, path):
    got = door.get(path)
    assert not got.headers.get("location", "/").startswith(("//", "/\\", "http"))


def test_threat_T12_odd_headers_change_no_byte(door):
    plain = door.get("/").body
    odd = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/prefs/x",
        "X-Rewrite-URL": "/prefs/x",
        "X-HTTP-Method-Override": "POST",
        "Host": "evil.example",
        "Accept-Language": "xx",
        "Cookie": "a=b",
        "Range": "bytes=0-3",
    }
    for name, value in odd.items():
        assert door.ask("GET", "/", None, {name: value}).body == plain, name


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_another_method_is_refused_with_those_that_are_not(door, method):
    got = door.ask(method, "/feed.xml")
    assert got.status == 405
    assert {word.strip() for word in got.headers["allow"].split(",")} == {"GET", "HEAD"}


def test_every_answer_keeps_a_browser_in_bounds(door):
    for path in ("/", "/nothing", "/subscribe", "/prefs/x", "/healthz", "/feed.xml"):
        headers = door.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert "server" not in headers


def test_a_site_below_a_path_is_found_there_and_nowhere_else(site):
    with site.at(START) as (app, _):
        collection = Collection(app.db, app.door().public, "/blog")
        assert collection.find("/blog/feed.xml").path == "/feed.xml"
        assert collection.find("/feed.xml") is None
        assert collection.find("/") == Moved("/blog/")


def test_what_is_published_later_is_seen_within_a_second(tmp_path):
    folder = with_door(SiteFolder(tmp_path / "site"))
    folder.post("about", "About", "2027-03-16T08:30:00+01:00")
    folder.tick(BEFORE)
    folder.tick(START)
    with folder.at(START) as (app, _):
        seconds = [0.0]
        collection = Collection(app.db, app.door().public, clock=lambda: seconds[0])
        assert collection.find("/p/more/") is None
        folder.post("more", "More", "2027-03-16T09:30:00+01:00")
        folder.tick(START)
        seconds[0] = 1.0
        assert collection.find("/p/more/").path == "/p/more/index.html"


def test_health_is_told_and_a_worker_that_was_there_is_missed(site):
    with open_door(site) as door:
        assert door.get("/healthz").status == 200
        assert door.get("/readyz").status == 200
        heartbeat = door.door.heartbeat
        heartbeat.touch()
        import os  # noqa: PLC0415

        os.utime(heartbeat, (1, 1))
        got = door.get("/readyz")
        assert (got.status, '"worker":false' in got.text) == (503, True)
        heartbeat.unlink()
