"""Rules for hosts: every format has its media type and may not be kept for long."""

from docchat_mailer.render.hosting import MAX_AGE, headers_file, htaccess_file
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
