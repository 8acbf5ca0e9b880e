"""Bodies: what Markdown becomes, and what never gets through."""

import hashlib
import pickle
from pathlib import Path

import pytest

from docchat_mailer.content.body import compose
from docchat_mailer.errors import ContentError
from docchat_mailer.model.publication import SITE_ROOT
from docchat_mailer.model.series import Image, Part, Source, Topic

PNG = (Path(__file__).parents[3] / "posts" / "therapeutic-massage" / "hands.png").read_bytes()


def a_part(root: Path, body: str, **more) -> Part:
    folder = root / "posts" / "s"
    folder.mkdir(parents=True, exist_ok=True)
    raw = ("---\ntitle: T\n---\n" + body).encode()
    (folder / "01-a.md").write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    return Part(
        series="s", number=1, slug="a", title="T", source=Source(path="s/01-a.md"), digest=digest, **more
    )


def composed(root: Path, body: str, **more):
    part = a_part(root, body, **more)
    return compose(root / "posts", part, "/s/a/", {"s/01-a.md": "/s/a/", "s/02-b.md": "/s/b/"})


def codes(body) -> list[str]:
    return [one.code for one in body.findings]


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>x",
        "<img src=x onerror=alert(1)>x",
        "<svg onload=alert(1)></svg>x",
        "[x](javascript:alert(1))",
        "<a href='jav&#x61;script:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>x",
        "<p style='position:fixed'>x</p>",
        "<form action=/x><button>x</button></form>",
        "<math><mi xlink:href='javascript:1'>x</mi></math>",
    ],
)
def test_nothing_hostile_survives(tmp_path, attack):
    html = composed(tmp_path, attack).html.lower()
    for bad in (
        "<script",
        "onerror=",
        "onload=",
        '"javascript:',
        '"data:',
        "<iframe",
        "style=",
        "<form",
        "<svg",
        "<math",
    ):
        assert bad not in html


def test_braces_are_words(tmp_path):
    body = composed(tmp_path, "{{ 7*7 }} `{{ cycler.__init__.__globals__ }}` {% include '../secret' %} ]]>\n")
    assert "{{ 7*7 }}" in body.html
    assert "{{ cycler.__init__.__globals__ }}" in body.text
    assert "]]&gt;" in body.html


def test_an_iframe_becomes_a_link(tmp_path):
    body = composed(tmp_path, '<iframe src="https://video.example/1"></iframe>')
    assert '<a href="https://video.example/1">' in body.html
    assert "https://video.example/1" in body.text


def test_addresses_are_absolute(tmp_path):
    body = composed(
        tmp_path, "# Top\n\n[a](02-b.md#x) [b](#top) [c](//h.example/) [d](/feeds/) [e](gone.md)\n"
    )
    assert body.links == (
        f"{SITE_ROOT}/s/b/#x",
        f"{SITE_ROOT}/s/a/#top",
        "https://h.example/",
        f"{SITE_ROOT}/feeds/",
    )
    assert codes(body) == ["C208"]
    assert body.findings[0].source.line == 6
    assert f"a <{SITE_ROOT}/s/b/#x>" in " ".join(body.text.split())


def test_an_image_brings_its_size(tmp_path):
    part = a_part(tmp_path, "![Hands](pic.png)\n", image=Image(src="pic.png", alt="Hands"))
    (tmp_path / "posts" / "s" / "pic.png").write_bytes(PNG)
    body = compose(tmp_path / "posts", part, "/s/a/", {})
    (media,) = body.media
    assert f'src="{SITE_ROOT}{media.path}" alt="Hands" width="640" height="360"' in body.html
    assert body.picture is not None
    assert (body.picture.width, body.picture.length) == (640, len(PNG))
    assert body.text == "[Hands]\n"


def test_fault_E12_images_that_cannot_be_used(tmp_path):
    (tmp_path / "out.png").write_bytes(PNG)
    (tmp_path / "posts" / "s").mkdir(parents=True)
    (tmp_path / "posts" / "s" / "link.png").symlink_to(tmp_path / "out.png")
    (tmp_path / "posts" / "s" / "fake.png").write_bytes(b"not an image")
    text = (
        "![a](none.png)\n![a](../../out.png)\n![a](link.png)\n![a](fake.png)\n![](https://e.example/x.png)\n"
    )
    body = composed(tmp_path, text)
    assert sorted(codes(body)) == ["C201", "C202", "C203", "C203", "C204", "C207"]
    assert body.media == ()


def test_fault_E13_a_file_that_changed_is_refused(tmp_path):
    part = a_part(tmp_path, "one\n")
    a_part(tmp_path, "two\n")
    with pytest.raises(ContentError, match="changed while it was read") as caught:
        compose(tmp_path / "posts", part, "/s/a/", {})
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        ">" * 5_000 + "x",
        "[" * 100_000,
        "<div>\n\n" * 20_000,
        "a\n: b\n\n" * 50_000,
        (">" * 30 + " a\n\n") * 9_000,
    ],
)
def test_fault_E10_what_would_take_for_ever_is_refused(tmp_path, text):
    with pytest.raises(ContentError):
        composed(tmp_path, text)


def test_a_stay_tuned_paragraph_is_boxed(tmp_path):
    body = composed(tmp_path, "Text.\n\nStay tuned for more.\n{.stay-tuned}\n", topics=(Topic(text="more"),))
    assert '<p class="stay-tuned">Stay tuned for more.</p>' in body.html
    assert body.stay_tuned_boxed
    assert body.findings == ()


def test_a_promise_without_its_key_is_seen(tmp_path):
    (found,) = composed(tmp_path, "Text.\n\nStay tuned for the risks in part 2.\n").findings
    assert found.code == "C222"
    assert found.fix == 'add stay_tuned: {topic: "the risks in part 2", part: 2}'
    assert found.source.line == 6


def test_what_a_second_reader_marks(tmp_path):
    body = composed(tmp_path, 'A\u00a0b.\n\nHe said “no.\n\nA "b.\n\nTK\n')
    assert codes(body) == ["C220", "C221", "C221", "C223"]


def test_golden_mixed_list(tmp_path):
    text = (
        "Context.\n\n1. Stress – “calm” words\u00a0\n2. **Back pain** – more\n\n3. Pregnancy — much\n   longer.\n\n"
        "4. No lead-in here, but a dash far – away.\n\n- a\n- b\n"
    )
    body = composed(tmp_path, text)
    assert '<strong class="lead-in">Stress</strong> – “calm” words</p>' in body.html
    assert body.html.count("lead-in") == 4 - 1 + body.html.count("No lead-in")
    assert "\n".join(body.text.split("\n")[2:12]) == (
        "1. Stress – “calm” words\n\n2. Back pain – more\n\n3. Pregnancy — much longer.\n\n"
        "4. No lead-in here, but a dash far – away.\n\n- a\n- b"
    )
