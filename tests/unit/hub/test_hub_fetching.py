"""Documents of other sites: bounded in bytes, in time and in hops, and only of the web."""

from __future__ import annotations

import threading

import pytest

from docchat_mailer.errors import ContentError, TemporaryError
from docchat_mailer.hub.fetching import fetch
from webhost import document, hosting, moved


def test_a_document_comes_with_its_type_and_the_address_it_was_at():
    with hosting(
        {"/a": moved("/b"), "/b": document(b"<rss/>", "application/rss+xml; charset=utf-8")}
    ) as host:
        found = fetch(f"{host.url}/a")
    assert (found.content, found.type, found.url) == (b"<rss/>", "application/rss+xml", f"{host.url}/b")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "https://",
        "http://a b/",
        "//example.org/",
        "https://u:p@example.org/",
    ],
)
def test_threat_T13_only_addresses_of_the_web_are_asked(url):
    with pytest.raises(ContentError, match="no address of the web"):
        fetch(url)


def test_threat_T13_no_redirect_leads_to_a_file():
    with hosting({"/a": moved("file:///etc/passwd")}) as host, pytest.raises(ContentError):
        fetch(f"{host.url}/a")


def test_redirects_that_go_round_are_given_up():
    with hosting({"/a": moved("/b"), "/b": moved("/a")}) as host:
        with pytest.raises(ContentError, match="302"):
            fetch(f"{host.url}/a")
        assert len(host.asked) < 12


def test_what_is_not_there_is_told_with_its_code():
    with hosting({}) as host, pytest.raises(ContentError, match="404"):
        fetch(f"{host.url}/gone")


def test_a_document_may_be_so_large_and_no_larger():
    with hosting({"/a": document(b"x" * 5000)}) as host:
        assert len(fetch(f"{host.url}/a", largest=5000).content) == 5000
        with pytest.raises(ContentError, match="larger"):
            fetch(f"{host.url}/a", largest=4999)


def test_a_host_that_sends_nothing_or_a_byte_now_and_then_is_given_up():
    over = threading.Event()

    def dribble(to):
        to.send_response(200)
        to.end_headers()
        while not over.wait(0.05):
            try:
                to.wfile.write(b"x")
            except OSError:
                return

    with hosting({"/silent": lambda _: over.wait(10), "/slow": dribble}) as host:
        try:
            for path in ("/silent", "/slow"):
                with pytest.raises(TemporaryError):
                    fetch(f"{host.url}{path}", seconds=0.3)
        finally:
            over.set()


def test_nobody_there_is_trouble_for_now():
    with hosting({}) as host:
        url = host.url
    with pytest.raises(TemporaryError, match="cannot be fetched"):
        fetch(url)
