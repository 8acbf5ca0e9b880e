"""Sitemap and robots.txt."""

from datetime import UTC, datetime

from lxml import etree

from docchat_mailer.render.site import robots, sitemap
from factories import a_site

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def test_one_file_names_every_page_with_its_last_change():
    ((path, content),) = sitemap(a_site(), [("/", None), ("/p/ü&x/", datetime(2026, 3, 3, 8, tzinfo=UTC))])
    tree = etree.fromstring(content)
    assert path == "/sitemap.xml"
    assert tree.xpath("//s:loc/text()", namespaces=NAMES) == [
        "https://example.org/",
        "https://example.org/p/%C3%BC&x/",
    ]
    assert tree.xpath("//s:lastmod/text()", namespaces=NAMES) == ["2026-03-03T08:00:00Z"]


def test_more_than_50_000_pages_stand_in_several_files_behind_an_index():
    files = dict(sitemap(a_site(), [(f"/p/{n}/", None) for n in range(50_001)]))
    assert list(files) == ["/sitemap.xml", "/sitemap-1.xml", "/sitemap-2.xml"]
    assert b"<loc>https://example.org/sitemap-2.xml</loc>" in files["/sitemap.xml"]
    assert files["/sitemap-1.xml"].count(b"<url>") == 50_000
    assert files["/sitemap-2.xml"].count(b"<url>") == 1


def test_robots_may_read_everything_and_are_told_of_the_sitemap():
    assert robots(a_site()) == b"User-agent: *\nDisallow:\n\nSitemap: https://example.org/sitemap.xml\n"
