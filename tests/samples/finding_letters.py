"""For each code about a letter: one that raises it and one, near it, that does not."""

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from docchat_mailer.checking.draft import Draft
from docchat_mailer.checking.letters import letter_findings
from docchat_mailer.checking.proofreading import Proofreader, findings_for
from docchat_mailer.checking.samples import everything
from docchat_mailer.content.library import read_posts
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.series import Source
from docchat_mailer.model.site import Sender
from docchat_mailer.render.environment import environment
from docchat_mailer.render.feeds import FeedRenderer
from docchat_mailer.render.letters import LetterWriter
from docchat_mailer.render.site import PageWriter
from factories import a_site
from sites_png import PNG

Sample = Callable[[Path], list[Finding]]

SITE = a_site(title="DocChat")
SENDER = Sender(
    name="DocChat",
    address="letters@example.org",
    reply_to="",
    domain="example.org",
    list_name="DocChat",
    web_url="https://example.org/mail",
)
ENTRY = everything(Kind.RELEASE)
BODY_END = "</h1>"
"""Where samples put what they are about: right below the title."""


@functools.cache
def base() -> Draft:
    """The letter of an entry with every element, as the program's own templates make it."""
    letter = LetterWriter(environment(), SITE, SENDER).compose(ENTRY, seed=b"sample")
    return Draft(
        subject=letter.subject,
        html=letter.html,
        text=letter.text,
        entry=ENTRY,
        site=SITE,
        source=Source(path="massage/02-second.md"),
        series="massage",
        part=2,
    )


def letter(**changes: str) -> Sample:
    """The letter with other parts."""
    return lambda _tmp: letter_findings(replace(base(), **changes))


def subject(text: str) -> Sample:
    """The letter with another subject, in its title too."""

    def sample(_tmp: Path) -> list[Finding]:
        html = base().html.replace(f"<title>{base().subject}</title>", f"<title>{text}</title>")
        return letter_findings(replace(base(), subject=text, html=html))

    return sample


def turned(old: str, new: str) -> Sample:
    """The letter with *new* in the place of *old* in its HTML."""

    def sample(_tmp: Path) -> list[Finding]:
        assert old in base().html
        return letter_findings(replace(base(), html=base().html.replace(old, new, 1)))

    return sample


def holding(html: str) -> Sample:
    """The letter with *html* below its title."""
    return turned(BODY_END, BODY_END + html)


def preheader(text: str) -> Sample:
    """The letter with another preheader."""
    return lambda _tmp: letter_findings(
        replace(base(), html=base().html.replace(base().preheader or "-", text, 1))
    )


def images(*sizes: int) -> Sample:
    """A part with images of so many bytes."""

    def sample(tmp: Path) -> list[Finding]:
        posts = tmp / "posts"
        posts.mkdir()
        for number, size in enumerate(sizes):
            (posts / f"{number}.png").write_bytes(PNG + b"\0" * (size - len(PNG)))
        text = "\n\n".join(f"![Picture {number}]({number}.png)" for number in range(len(sizes)))
        (posts / "hands.md").write_text(f"---\ntitle: Hands\ndate: 2027-03-15\n---\n\n{text}\n")
        library = read_posts(posts, SITE.zone)
        reader = Proofreader(
            folder=posts,
            site=SITE,
            letters=LetterWriter(environment(), SITE, SENDER),
            feeds=FeedRenderer(environment(), SITE, cache_size=0),
            page_writer=PageWriter(environment(), SITE),
            pages={"hands.md": "/p/hands/"},
        )
        series = library.series[0]
        return list(findings_for(reader, series, series.parts[0], ENTRY.published))

    return sample


def rows(columns: int) -> str:
    """A table with that many columns of words that break nowhere."""
    cells = "".join(f'<td style="padding:8px 10px">column-{number}</td>' for number in range(columns))
    return f"<table><tr>{cells}</tr></table>"


FILLED = "word " * (70 * 1024 // 5)
FULL = "word " * (91 * 1024 // 5)
NIGHT = "@media (prefers-color-scheme: dark) {"

LETTERS: dict[str, tuple[Sample, Sample]] = {
    "C401": (holding(f"<p>{FILLED}</p>"), holding(f"<p>{FULL}</p>")),
    "C402": (subject("x" * 71), subject("x" * 70)),
    "C403": (subject("RELIEF FROM BACK PAIN!!"), subject("WHO and NHS on back pain")),
    "C404": (subject("Re: your back"), subject("Reasons for back pain")),
    "C405": (preheader("Too short."), preheader("Long enough to stand for itself after the subject.")),
    "C407": (
        holding('<img src="https://example.org/x.png">'),
        holding('<img src="https://example.org/x.png" alt="">'),
    ),
    "C408": (holding('<a href="#nowhere">Risks</a>'), holding('<a href="#one">Risks</a>')),
    "C409": (
        holding('<a href="/risks/">Risks</a>'),
        holding('<a href="https://example.org/risks/">Risks</a>'),
    ),
    "C410": (holding("<p>By TK, our editor.</p>"), holding("<p>By TKO and <code>TK</code>.</p>")),
    "C411": (holding("<p>Dear {{ name }},</p>"), holding("<pre>Dear {{ name }},</pre>")),
    "C412": (
        holding('<p class="faint" style="color:#999999">Faint.</p>'),
        holding('<p class="faint" style="color:#666666">Plain.</p>'),
    ),
    "C413": (
        holding('<p class="ours" style="color:#333333">Dim.</p>'),
        turned(NIGHT, NIGHT + ".ours { color: #dddddd !important; }"),
    ),
    "C414": (
        holding('<p class="ink" style="color:#000000">Black.</p>'),
        holding('<p class="letter" style="color:#000000">Turned light by the rule for .letter.</p>'),
    ),
    "C415": (
        holding('<table role="presentation" width="480"><tr><td>x</td></tr></table>'),
        holding('<table role="presentation" width="480" style="max-width:100%"><tr><td>x</td></tr></table>'),
    ),
    "C416": (
        holding("<p>Unaussprechlichkeitsbeschwerdenbehandlungskosten</p>"),
        holding('<p style="overflow-wrap:anywhere">Unaussprechlichkeitsbeschwerdenbehandlungskosten</p>'),
    ),
    "C417": (holding(rows(8)), holding(rows(3))),
    "C418": (
        turned("a:hover {", 'h2::before { content: "x" !important; } a:hover {'),
        turned("a:hover {", "h2 { padding: 1px !important; } a:hover {"),
    ),
    "C419": (
        turned("a:hover {", ".x { margin: 0 !important; }" * 600 + " a:hover {"),
        turned("a:hover {", ".x { margin: 0 !important; }" * 6 + " a:hover {"),
    ),
    "C420": (
        holding('<img alt="" src="data:image/png;base64,AAAA">'),
        holding('<img alt="" src="https://example.org/data.png">'),
    ),
    "C421": (
        holding('<img alt="" src="http://example.org/x.png">'),
        holding('<img alt="" src="https://example.org/x.png">'),
    ),
    "C422": (turned('<html lang="en"', "<html"), letter()),
    "C423": (letter(text="\n"), letter()),
    "C424": (
        holding('<a href="https://example.org/">Click here</a>'),
        holding('<a href="https://example.org/">What is here to see</a>'),
    ),
    "C425": (images(600_000, 600_000), images(400_000, 400_000)),
    "C426": (holding("<h4>Deep</h4>"), holding("<h2>Below</h2>")),
    "C427": (
        holding('<p style="font-size:11px">Small.</p>'),
        holding('<p style="font-size:11px;display:none">Unseen.</p>'),
    ),
}
"""Code to a letter that raises it and one that does not."""
