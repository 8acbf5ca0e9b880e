from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

GOLDEN = Path(__file__).parents[1] / "golden" / "email"

# WCAG 2.2 contrast of every element with text of its own, against the nearest opaque background.
POOR_TEXT = """() => {
  const rgb = s => s.match(/[\\d.]+/g).map(Number);
  const lum = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }); return .2126 * r + .7152 * g + .0722 * b };
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c } return [255, 255, 255] };
  return [...document.querySelectorAll('body *')].filter(e => e.offsetHeight > 1 &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
      const s = getComputedStyle(e), a = lum(rgb(s.color)), b = lum(ground(e));
      return [e.tagName + '.' + e.className, (Math.max(a, b) + .05) / (Math.min(a, b) + .05), parseFloat(s.fontSize)];
    }).filter(([n, contrast, size]) => contrast < 4.5 || size < 14);
}"""
LOW_TARGETS = """() => [...document.querySelectorAll('a.target, a.button, a.foot-link, a.site-link')]
  .filter(a => a.getBoundingClientRect().height < 44).map(a => a.className)"""
BRIGHTNESS = """() => getComputedStyle(document.querySelector('.sheet')).backgroundColor.match(/\\d+/g).map(Number)
  .reduce((a, b) => a + b)"""


@pytest.mark.parametrize("kind", ["release", "announcement"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 640])
def test_a_letter_is_readable(chromium: object, kind: str, scheme: str, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[attr-defined]
    page.route("**/*", lambda route: route.abort())  # images off, and nothing else fetched
    page.set_content((GOLDEN / f"{kind}.html").read_text(encoding="utf-8"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(POOR_TEXT) == []
    assert page.evaluate(LOW_TARGETS) == []
    brightness = page.evaluate(BRIGHTNESS)
    assert brightness > 700 if scheme == "light" else brightness < 150
    page.close()


@pytest.mark.parametrize("kind", ["release", "announcement", "mixed-list"])
@pytest.mark.parametrize("width", [375, 640])
def test_a_letter_is_readable_where_every_style_sheet_is_thrown_away(
    chromium: object, kind: str, width: int
) -> None:
    """Gmail drops the whole head of a letter it clips or is shown for another account, and every id."""
    html = (GOLDEN / f"{kind}.html").read_text(encoding="utf-8")
    bare = re.sub(r'<style.*?</style>|\sid="[^"]*"|\sdata-[\w-]+="[^"]*"', "", html, flags=re.DOTALL)
    assert "<style" in html
    assert "<style" not in bare
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme="light")  # type: ignore[attr-defined]
    page.route("**/*", lambda route: route.abort())
    page.set_content(bare)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(POOR_TEXT) == []
    assert page.evaluate(LOW_TARGETS) == []
    page.close()
