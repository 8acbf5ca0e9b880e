"""Rules for hosts: every format has its media type and may not be kept for long."""

from dataclasses import replace

from feed_samples import SITE

from docchat_mailer.render.hosting import (
    MAX_AGE,
    feed_moves,
    headers_file,
    htaccess_file,
    page_moves,
    redirects_file,
)
from docchat_mailer.render.views import FeedFormat


def test_every_format_is_named_with_its_media_type_in_both_files():
    for text in (headers_file().decode(), htaccess_file().decode()):
        for form in FeedFormat:
            assert form.value in text
            assert f"{form.media_type}; charset=utf-8" in text
        assert text.count(f"max-age={MAX_AGE}") >= len(FeedFormat)
        assert "Expires" not in text


def test_a_feed_is_never_kept_longer_than_an_hour_nor_shorter_than_a_quarter():
    assert 900 <= MAX_AGE <= 3600


def test_an_alias_cannot_break_out_of_its_rule():
    moved = page_moves(SITE, [("/p/new/", ['/old path/"x', "/ümlaut/", "/p/new"])])
    assert redirects_file(moved).decode().splitlines() == [
        "/old%20path/%22x /p/new/ 301",
        "/%C3%BCmlaut/ /p/new/ 301",
    ]
    rules = [line for line in htaccess_file(moved).decode().splitlines() if line.startswith("Redirect")]
    assert rules == [
        r'RedirectMatch 301 "^/old\ path/\"x/?$" "/p/new/"',
        'RedirectMatch 301 "^/ümlaut/?$" "/p/new/"',
    ]


def test_a_site_below_a_path_moves_below_it():
    below = replace(
        SITE, base_url="https://example.org/blog", feed_aliases=("/feed/", "/atom/", "/feed/json/")
    )
    assert page_moves(below, [("/p/new/", ["/old/"])]) == [("/blog/old/", "/blog/p/new/")]
    assert feed_moves(below) == [
        ("/blog/feed/", "/blog/feed.xml"),
        ("/blog/atom/", "/blog/atom.xml"),
        ("/blog/feed/json/", "/blog/feed.json"),
    ]
