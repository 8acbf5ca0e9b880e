"""Pages in a real browser: accessible in both colour schemes, and never wider than a telephone."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from site_pages import pages

from docchat_mailer.render.site import STYLESHEET_PATH, stylesheet

pytestmark = pytest.mark.browser

PAGES = pages()
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


def answer(route):
    """The site as a server would send it; what it has not is not fetched from anywhere."""
    path = urlsplit(route.request.url).path
    if path == STYLESHEET_PATH:
        route.fulfill(body=stylesheet(), content_type="text/css")
    elif path in PAGES:
        route.fulfill(body=PAGES[path], content_type="text/html; charset=utf-8")
    else:
        route.fulfill(status=404, body="")


@pytest.fixture(scope="module", params=["light", "dark"])
def tab(chromium, request):
    context = chromium.new_context(
        color_scheme=request.param, viewport={"width": 375, "height": 800}, reduced_motion="reduce"
    )
    context.route("**/*", answer)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_fits_a_telephone(tab, path):
    tab.goto(f"https://example.org{path}")
    assert tab.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    results = Axe().run(tab, options={"runOnly": RULES})
    assert results.violations_count == 0, results.generate_report()
