"""Every route: whom it answers, what it lets a browser do, and what it never gives."""

import asyncio

import html5lib
import pytest

from docchat_mailer.preview.news import News
from previews import PORT, previewed

PART = "massage/01-benefits.md"
ROUTES = ["/", "/contents", "/envelope", "/findings", "/frame", "/assets/preview.js", "/assets/preview.css"]
HOSTILE = [
    "/media/0000000000000000/x.png",
    "/media/../../config.toml",
    "/media/%2e%2e/config.toml",
    "/media/..%2f..%2f/config.toml",
    "/assets/../page.html",
    "/assets/page.html",
    "/assets/..%2f..%2fenvironment.py",
    "/config.toml",
    "/posts/massage/01-benefits.md",
    "//etc/passwd",
    "/nothing",
]


@pytest.fixture(scope="module")
def preview(tmp_path_factory):
    from sites import SiteFolder  # noqa: PLC0415

    site = SiteFolder(tmp_path_factory.mktemp("preview") / "site")
    site.series()
    site.part(1, "Benefits")
    with previewed(site) as asked:
        yield asked


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_answers_a_question_with_bounds_on_the_browser(preview, path):
    answer = preview.ask(path, part=PART)
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy or "script-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_the_frame_may_run_nothing_and_fetch_nothing(preview):
    policy = preview.ask("/frame", part=PART).headers["content-security-policy"]
    assert "script-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "allow-scripts" not in policy
    assert "img-src 'self' data:" in policy
    assert (
        "img-src 'none'" in preview.ask("/frame", part=PART, images="off").headers["content-security-policy"]
    )


def test_the_page_has_one_script_and_no_inline_style(preview):
    html = preview.ask("/", part=PART).text
    assert html.count("<script") == 1
    assert "<style" not in html
    assert "style=" not in html
    assert 'sandbox="allow-same-origin"' in html
    assert "http:" not in html
    assert "https:" not in html


@pytest.mark.parametrize("path", [*ROUTES, "/news", "/nothing"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_nothing_but_questions_is_answered(preview, path, method):
    answer = preview.ask(path, method=method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ROUTES)
def test_head_is_a_question_too(preview, path):
    answer = preview.ask(path, method="HEAD", part=PART)
    assert answer.status == 200


@pytest.mark.parametrize("path", [*ROUTES, "/news", "/nothing"])
@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "example.org",
        f"example.org:{PORT}",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:80",
        f"127.0.0.2:{PORT}",
        f"localhost.example.org:{PORT}",
        f"127.0.0.1.example.org:{PORT}",
        f"127.0.0.1:{PORT}@example.org",
        f"0.0.0.0:{PORT}",
    ],
)
def test_threat_another_name_for_this_machine_is_refused(preview, path, host):
    answer = preview.ask(path, host=host)
    assert answer.status == 421
    assert "massage" not in answer.text.lower()


@pytest.mark.parametrize(
    "host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"LOCALHOST:{PORT}", f"[::1]:{PORT}"]
)
def test_this_machine_by_its_own_names_is_answered(preview, host):
    assert preview.ask("/assets/preview.css", host=host).status == 200


@pytest.mark.parametrize("path", HOSTILE)
def test_no_path_leads_to_a_file(preview, path):
    answer = preview.ask(path)
    assert answer.status == 404
    assert "DocChat <letters" not in answer.text


@pytest.mark.parametrize(
    "part", ["../config.toml", "/etc/passwd", "massage/series.toml", "massage/99", "\0", "é"]
)
def test_no_part_is_a_file(preview, part):
    assert "postal_address" not in preview.ask("/frame", part=part).text
    assert preview.ask("/", part=part).status == 200
    assert "any more" in preview.ask("/envelope", part=part).text


def test_what_a_writer_wrote_is_text_on_the_page(site):
    site.series(title="<b>Massage</b>")
    site.part(1, "'<img src=x onerror=alert(1)>'", slug="benefits", body="Words.")
    with previewed(site) as preview:
        html = preview.ask("/").text
        assert "<b>Massage" not in html
        assert "<img" not in html
        assert "&lt;img src=x" in html


def test_whoever_listens_is_told_the_newest_and_let_go():
    async def life():
        news = News()
        stream = news.listen(4)
        assert await anext(stream) == "retry: 500\ndata: 4\n\n"
        news.tell(5)
        news.tell(6)
        assert await anext(stream) == "data: 6\n\n"
        news.end()
        assert [line async for line in stream] == []
        news.tell(7)

    asyncio.run(life())


@pytest.mark.parametrize("view", ["letter", "text", "headers"])
def test_page_and_frame_are_html_as_it_is_written_down(preview, view):
    parser = html5lib.HTMLParser(strict=True)
    for path in ("/", "/frame"):
        if (path, view) != ("/frame", "letter"):  # a letter carries markup that is for one mail program alone
            parser.parse(preview.ask(path, part=PART, view=view).text)
