"""What premailer by itself would do to a letter, and what our letters say instead: one test for each."""

from __future__ import annotations

import http.server
import importlib.resources
import re
import threading
from collections.abc import Iterator

import cssutils
import pytest
from premailer import Premailer, premailer

from docchat_mailer.errors import ConfigError
from docchat_mailer.render.inlining import inline

LETTERS = importlib.resources.files("docchat_mailer.render") / "templates" / "letters"
INLINED = (LETTERS / "letter.css").read_text(encoding="utf-8")


def page(style: str, body: str) -> str:
    return f"<html><head><style>{style}</style></head><body>{body}</body></html>"


def plain(html: str, **options: object) -> str:
    return str(Premailer(html, **options).transform())


def rules() -> list[cssutils.css.CSSStyleRule]:
    return list(cssutils.parseString(INLINED, validate=False).cssRules)


def test_sheet_a_selects_without_pseudo_classes() -> None:
    spoiled = plain(page("p:not(.b) { color: red }", "<p>x</p>"))
    assert "<p>x</p>" in spoiled  # nothing inlined: the rule is left in the head
    assert [r.selectorText for r in rules() if ":" in r.selectorText] == []


def test_sheet_a_is_never_important() -> None:
    spoiled = plain(page("p { color: red !important }", '<p style="color: blue">x</p>'))
    assert "red" not in spoiled
    assert "!important" not in INLINED


def test_a_css_width_becomes_no_invalid_attribute() -> None:
    html = page("td { width: clamp(1px, 2vw, 9px) }", "<table><tr><td>x</td></tr></table>")
    assert 'width="clamp' in plain(html)
    assert 'width="' not in inline(html)


def test_sheet_a_repeats_no_declaration() -> None:
    spoiled = plain(page("p { color: red; color: rgb(1 2 3) }", "<p>x</p>"))
    assert "red" not in spoiled  # the fallback is gone
    for body in re.findall(r"\{([^}]*)\}", INLINED):
        names = [line.split(":")[0].strip() for line in body.split(";") if line.strip()]
        assert len(names) == len(set(names)), body


def test_sheet_a_uses_no_variables() -> None:
    assert "var(--c)" in plain(page(":root { --c: red } p { color: var(--c) }", "<p>x</p>"))
    assert "var(" not in INLINED
    assert "--" not in INLINED


def test_fragments_and_gaps_stay_as_written() -> None:
    html = page("p { color: red }", '<p><a href="#note">a</a><b>b</b></p>')
    spoiled = Premailer(html, base_url="https://example.org/").transform(pretty_print=True)
    assert 'href="#note"' not in spoiled
    made = inline(html)
    assert 'href="#note"' in made
    assert "</a><b>b</b></p>" in made


def test_no_parsed_sheet_is_kept_for_the_whole_process(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    real = premailer._cache_parse_css_string

    def keeping(css: str, **options: object) -> object:
        kept.append(css)
        return real(css, **options)

    monkeypatch.setattr(premailer, "_cache_parse_css_string", keeping)
    html = page("p { color: red }", "<p>x</p>")
    plain(html)
    assert len(kept) == 1
    assert "color:red" in inline(html).replace(" ", "")
    assert len(kept) == 1


@pytest.fixture
def counted() -> Iterator[tuple[str, list[str]]]:
    """A loopback server's address, and the paths it was asked for."""
    asked: list[str] = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/css")
            self.end_headers()
            self.wfile.write(b"p { color: red }")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "form", ['<link rel="stylesheet" href="{}/x.css">', '<style>@import "{}/x.css";</style>']
)
def test_a_letter_fetches_nothing(counted: tuple[str, list[str]], form: str) -> None:
    base, asked = counted
    html = f"<html><head>{form.format(base)}</head><body><p>x</p></body></html>"
    plain(html)
    assert asked == ["/x.css"]
    asked.clear()
    with pytest.raises(ConfigError, match="a letter's template holds"):
        inline(html)
    assert asked == []
