"""The preview in a real browser: live, in its place, accessible, and deaf to whatever a part would run."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from sites import SiteFolder
from sites_png import PNG

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
PART = "massage/01-benefits.md"
LONG = "\n\n".join(f"Paragraph {n} of a text that is longer than a screen." for n in range(120))
HOSTILE = """\
<script>window.top.hit = 1; window.hit = 1</script>
<img src="x" onerror="window.top.hit = 1">
<img src="https://evil.example/pixel.gif" onload="window.top.hit = 1">
<svg onload="window.top.hit = 1"><script>window.top.hit = 1</script></svg>
<a href="javascript:window.top.hit=1" id="js">one</a> [two](javascript:window.top.hit=1)
<a href="data:text/html,<script>window.top.hit=1</script>">three</a> [four](data:text/html;base64,PHNjcmlwdD4=)
<iframe src="https://evil.example/"></iframe><object data="https://evil.example/"></object>
<form action="https://evil.example/"><button>five</button></form>
<style>@import url("https://evil.example/x.css"); body { background: url(https://evil.example/y.png) }</style>
<link rel="stylesheet" href="https://evil.example/z.css"><meta http-equiv="refresh" content="0;url=https://evil.example/">
<base href="https://evil.example/"><video src="https://evil.example/v.mp4" autoplay></video>
<p style="background:url(https://evil.example/p.png)" onclick="window.top.hit=1">six</p>
![seven](https://evil.example/md.png)
[eight](https://evil.example/landing)
"""


@contextmanager
def running(site: SiteFolder) -> Iterator[str]:
    command = [sys.executable, "-m", "docchat_mailer.cli", "preview"]
    with subprocess.Popen(command, cwd=site.root, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield re.search(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())[0]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> SiteFolder:
    site = SiteFolder(tmp_path_factory.mktemp("preview") / "site")
    folder = site.series(more='\n[[outline]]\npart = 3\ntitle = "Types"\n')
    (folder / "hands.png").write_bytes(PNG)
    site.part(1, "Benefits", body=f"![Hands](hands.png)\n\n{LONG}")
    site.part(2, "Risks", body="TK\n\n[gone](missing.md)")
    site.part(4, "Draft", front="draft: true\n")
    return site


@pytest.fixture(scope="module")
def address(blog: SiteFolder) -> Iterator[str]:
    with running(blog) as found:
        yield found


@contextmanager
def tab(chromium, *, width=1440, height=900, **options):
    context = chromium.new_context(viewport={"width": width, "height": height}, **options)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    assert page.errors == []
    context.close()


def shown(page, text):
    page.frame_locator("iframe:not(.coming)").get_by_text(text).first.wait_for(timeout=10_000)


def settled(page, wish="part="):
    """Wait until what is wished for is in the frame."""
    page.locator(f"html[data-shown*='{wish}']").wait_for(state="attached", timeout=10_000)


def test_a_save_is_on_the_screen_at_the_same_place_of_the_text(chromium, blog, address):
    with tab(chromium) as page:
        page.goto(f"{address}?part={PART}")
        shown(page, "Paragraph 3 of")
        page.evaluate("document.querySelector('iframe').contentWindow.scrollTo(0, 1500)")
        blog.part(1, "Benefits", body=f"![Hands](hands.png)\n\n{LONG}\n\nJust saved.")
        shown(page, "Just saved.")
        assert page.evaluate("document.querySelector('iframe').contentWindow.scrollY") == 1500
        assert page.locator("iframe").count() == 1
        assert "Saved" in page.locator("#state").inner_text()


def test_a_fault_stands_over_the_last_good_look_and_goes(chromium, blog, address):
    file = blog.posts / PART
    good = file.read_text(encoding="utf-8")
    with tab(chromium) as page:
        page.goto(f"{address}?part={PART}")
        shown(page, "Paragraph 3 of")
        file.write_text("---\ntitle: [\n---\n", encoding="utf-8")
        alert = page.get_by_role("alert")
        alert.wait_for()
        assert f"{PART}:3" in alert.inner_text()
        shown(page, "Paragraph 3 of")
        file.write_text(good, encoding="utf-8")
        alert.wait_for(state="detached")
        shown(page, "Paragraph 3 of")


def test_the_frame_has_the_width_and_the_light_that_are_chosen(chromium, address):
    with tab(chromium) as page:
        page.goto(f"{address}?part={PART}&colours=dark")
        stage = page.locator("#stage")
        assert stage.bounding_box()["width"] == 640
        page.get_by_role("button", name="Phone").click()
        assert stage.bounding_box()["width"] == 375
        body = page.frame_locator("iframe").locator("body")
        assert body.evaluate("() => innerWidth") == 375
        assert (
            sum(map(int, re.findall(r"\d+", body.evaluate("b => getComputedStyle(b).backgroundColor")))) < 150
        )
        page.get_by_role("radio", name="Light").check()
        settled(page, "colours=light")
        bright = (
            page.frame_locator("iframe").locator("body").evaluate("b => getComputedStyle(b).backgroundColor")
        )
        assert sum(map(int, re.findall(r"\d+", bright))) > 600
        grip = page.locator("#grip").bounding_box()
        page.mouse.move(grip["x"] + 5, grip["y"] + 100)
        page.mouse.down()
        page.mouse.move(grip["x"] + 55, grip["y"] + 100)
        page.mouse.up()
        assert stage.bounding_box()["width"] == 475
        assert "width=475" in page.url


def test_everything_can_be_done_by_keyboard(chromium, address):
    with tab(chromium) as page:
        page.goto(f"{address}?part={PART}")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.dataset.part") == "massage/02-risks.md":
                break
        page.keyboard.press("Enter")
        page.locator("[aria-current][data-part*='02']").wait_for()
        assert page.evaluate("document.activeElement.dataset.part") == "massage/02-risks.md"
        page.locator("#width").focus()
        page.keyboard.press("ArrowRight")
        assert page.locator("#stage").bounding_box()["width"] == 641
        page.locator("input[name=view]:checked").focus()
        page.keyboard.press("ArrowRight")
        settled(page, "view=page")
        page.locator("iframe").focus()
        assert page.evaluate("document.activeElement.tagName") == "IFRAME"


@pytest.mark.parametrize(
    ("scheme", "width", "query"),
    [
        ("light", 1440, f"part={PART}&reader=long"),
        ("dark", 1440, "part=massage/02-risks.md&reader=rtl&view=raw"),
        ("dark", 375, f"part={PART}&reader=late"),
        ("light", 800, "part=massage/3"),
    ],
)
def test_the_page_is_accessible_and_fits(chromium, address, scheme, width, query):
    with tab(chromium, width=width, color_scheme=scheme, reduced_motion="reduce") as page:
        page.goto(f"{address}?{query}")
        settled(page)
        results = Axe().run(page, options={"runOnly": RULES})
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_threat_T3_a_hostile_part_runs_nothing_and_reaches_nobody(chromium, site):
    site.series()
    site.part(1, "'</script><script>window.top.hit = 1</script>'", slug="benefits", body=HOSTILE)
    reached, opened = [], []
    with running(site) as address, tab(chromium) as page:
        page.context.route("**/*", lambda route: (reached.append(route.request.url), route.continue_()))
        page.context.on("page", lambda other: opened.append(other.url))
        page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
        for view in ("letter", "page", "text", "raw", "headers", "atom", "rss", "json"):
            page.goto(f"{address}?part={PART}&view={view}")
            settled(page, f"view={view}")
            frame = page.frame_locator("iframe")
            assert view in {"raw", "headers"} or "eight" in frame.locator("body").inner_text()
            for link in frame.locator("a").all():
                link.click(force=True, no_wait_after=True)
            frame.locator("body").click(force=True)
            assert page.url.startswith(address)
            assert frame.locator("html").evaluate("h => h.ownerDocument.URL").startswith(f"{address}frame?")
            assert page.evaluate("window.hit") is None
    assert opened == []
    assert [url for url in reached if not url.startswith(address)] == []


def test_threat_the_sandbox_and_the_policy_each_hold_alone(chromium, blog, address):
    """A document of our own origin with a script in it: the frame's sandbox, and the header, each stop it."""
    script = "<script>parent.hit = 1; window.hit = 1</script><p>here</p>"
    with tab(chromium) as page:
        policy = page.request.get(f"{address}frame?part={PART}").headers["content-security-policy"]
        page.route("**/frame?*", lambda route: route.fulfill(body=script, content_type="text/html"))
        page.goto(f"{address}?part={PART}")
        page.frame_locator("iframe").get_by_text("here").wait_for()
        assert page.evaluate("window.hit") is None
        page.unroute("**/frame?*")
        headers = {"content-security-policy": policy}
        page.route(
            "**/frame?*", lambda route: route.fulfill(body=script, content_type="text/html", headers=headers)
        )
        page.goto(f"{address}frame?part={PART}")
        assert page.evaluate("window.hit") is None
