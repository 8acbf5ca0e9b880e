"""For each code about files, texts and what is published: a folder that raises it and one that does not."""

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from docchat_mailer.content.body import compose
from docchat_mailer.content.library import read_posts
from docchat_mailer.errors import ContentError
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.publication import Kind
from docchat_mailer.rules.naming import page_path
from sites import SiteFolder
from sites_png import PNG

Sample = Callable[[Path], list[Finding]]

SERIES = 'title = "Massage"\nstart = 2027-03-16T09:00:00\n[cadence]\nevery = "week"\non = ["tue"]\n'
POST = "---\ntitle: Benefits\n---\n\n{}\n"
PART = "massage/01-benefits.md"
SECOND = "massage/02-risks.md"


def folder(
    files: Mapping[str, str | bytes], *, prepare: Callable[[Path], None] = lambda _root: None
) -> Sample:
    """The findings about a folder of *files*, and about the text of every part of it."""

    def sample(tmp: Path) -> list[Finding]:
        posts = tmp / "posts"
        for name, content in files.items():
            file = posts / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        prepare(posts)
        library = read_posts(posts, ZoneInfo("Europe/Berlin"))
        pages = {p.source.path: page_path(s, p.slug, Kind.RELEASE) for s in library.series for p in s.parts}
        found = list(library.findings)
        for part in (part for series in library.series for part in series.parts):
            try:
                found += compose(posts, part, pages[part.source.path], pages).findings
            except ContentError:
                continue
        return found

    return sample


def series(more: Mapping[str, str | bytes] = {}, *, toml: str = SERIES, **kwargs) -> Sample:
    """A series whose first part is well, with *more* files."""
    return folder({"massage/series.toml": toml, PART: POST.format("It helps."), **more}, **kwargs)


def part(front: str = "", body: str = "It helps.", more: Mapping[str, str | bytes] = {}, **kwargs) -> Sample:
    """A series of one part with that front matter and text."""
    return series({PART: f"---\ntitle: Benefits\n{front}---\n\n{body}\n", **more}, **kwargs)


def _link_out(posts: Path) -> None:
    (posts / "massage" / "02-risks.md").symlink_to("/etc/hostname")


def _link_in(posts: Path) -> None:
    (posts / "massage" / "_draft.md").symlink_to(posts / PART)


def _unreadable(tmp: Path) -> list[Finding]:
    """A folder whose place is taken by a file."""
    posts = tmp / "file"
    posts.write_text("no folder")
    return list(read_posts(posts, ZoneInfo("Europe/Berlin")).findings)


GOOD = series()
BIG_PNG = PNG + b"\0" * 1_000_001

TEXTS: dict[str, tuple[Sample, Sample]] = {
    "C101": (
        series({SECOND: "---\ntitle: Caf\xe9\n---\n\nx".encode("latin-1")}),
        series({SECOND: POST.format("Café")}),
    ),
    "C102": (series({SECOND: POST.format("a\x07b")}), series({SECOND: POST.format("a\tb")})),
    "C103": (series({SECOND: POST.format("word " * 420_000)}), series({SECOND: POST.format("word " * 100)})),
    "C104": (_unreadable, GOOD),
    "C105": (series(prepare=_link_out), series(prepare=_link_in)),
    "C106": (series({"massage/risks.md": POST.format("x")}), series({"massage/_risks.md": POST.format("x")})),
    "C107": (part("slug: Bad_Slug\n"), part("slug: good-slug\n")),
    "C108": (series({"massage/02-ri\nsks.md": POST.format("x")}), GOOD),
    "C110": (series({PART: "It helps.\n"}), GOOD),
    "C111": (part("summary: a: b: c\n"), part('summary: "a: b: c"\n')),
    "C112": (part("# " + "x" * 70_000 + "\n"), part("# " + "x" * 100 + "\n")),
    "C113": (part("summary: a\nsummary: b\n"), part("summary: a\n")),
    "C114": (part("summary: &a b\n"), part('summary: "&a b"\n')),
    "C115": (part("summary: !!str b\n"), part('summary: "!!str b"\n')),
    "C116": (part("sumary: a\n"), part("summary: a\n")),
    "C117": (series({PART: "---\nsummary: x\n---\n\nx\n"}), GOOD),
    "C118": (part("summary: [a, b]\n"), part("summary: a, b\n")),
    "C119": (part("language: '!!'\n"), part("language: en\n")),
    "C120": (part("updated: 2027-03-17T09:00:00\n"), part("updated: 2027-03-17T09:00:00+01:00\n")),
    "C121": (part("publish: 2027-02-30\n"), part("publish: 2027-02-28\n")),
    "C122": (series(toml="title = Massage\n"), GOOD),
    "C123": (folder({PART: POST.format("x")}), GOOD),
    "C124": (
        series(toml='part_title = "{serie} {n}"\n' + SERIES),
        series(toml='part_title = "{series} {n}"\n' + SERIES),
    ),
    "C130": (series({"massage/03-types.md": POST.format("x")}), series({SECOND: POST.format("x")})),
    "C131": (series({"massage/01-risks.md": POST.format("x")}), series({SECOND: POST.format("x")})),
    "C132": (part("part: 2\n"), part("part: 1\n")),
    "C133": (series({"massage/02-benefits.md": POST.format("x")}), series({SECOND: POST.format("x")})),
    "C134": (
        part("entry_id: 'urn:x:1'\n", more={SECOND: "---\ntitle: B\nentry_id: 'urn:x:1'\n---\n\nx\n"}),
        part("entry_id: 'urn:x:1'\n", more={SECOND: "---\ntitle: B\nentry_id: 'urn:x:2'\n---\n\nx\n"}),
    ),
    "C135": (
        part("publish: 2027-03-20\n", more={SECOND: "---\ntitle: B\npublish: 2027-03-19\n---\n\nx\n"}),
        part("publish: 2027-03-20\n", more={SECOND: "---\ntitle: B\npublish: 2027-03-21\n---\n\nx\n"}),
    ),
    "C136": (part("draft: true\n", more={SECOND: POST.format("x")}), series({SECOND: POST.format("x")})),
    "C137": (
        series({"massage.md": "---\ntitle: M\ndate: 2027-03-15\n---\n\nx\n"}),
        series({"sleep.md": "---\ntitle: M\ndate: 2027-03-15\n---\n\nx\n"}),
    ),
    "C138": (
        series({"sleep.md": POST.format("x")}),
        series({"sleep.md": "---\ntitle: M\ndate: 2027-03-15\n---\n\nx\n"}),
    ),
    "C201": (
        part(body="![](hand.png)", more={"massage/hand.png": PNG}),
        part(body="![A hand](hand.png)", more={"massage/hand.png": PNG}),
    ),
    "C202": (
        part(body="![A hand](hand.png)"),
        part(body="![A hand](hand.png)", more={"massage/hand.png": PNG}),
    ),
    "C203": (
        part(body="![A hand](../../hand.png)"),
        part(body="![A hand](../hand.png)", more={"hand.png": PNG}),
    ),
    "C204": (
        part(body="![A hand](https://example.org/hand.png)"),
        part(body="[A hand](https://example.org/hand.png)"),
    ),
    "C205": (
        part(body="![A hand](hand.png)", more={"massage/hand.png": BIG_PNG}),
        part(body="![A hand](hand.png)", more={"massage/hand.png": PNG}),
    ),
    "C206": (
        part(
            body="![A hand](h.svg)",
            more={"massage/h.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'},
        ),
        part(body="![A hand](hand.png)", more={"massage/hand.png": PNG}),
    ),
    "C207": (
        part(body="![A hand](hand.png)", more={"massage/hand.png": b"no image"}),
        part(body="![A hand](hand.png)", more={"massage/hand.png": PNG}),
    ),
    "C208": (
        part(body="[Risks](02-risks.md)"),
        part(body="[Risks](02-risks.md)", more={SECOND: POST.format("x")}),
    ),
    "C220": (part(body="It\u00a0helps."), part("language: fr\n", body="Il aide\u00a0!")),
    "C221": (part(body="It “helps."), part(body="It “helps”.")),
    "C222": (
        part(body="Stay tuned for the risks."),
        part("stay_tuned: the risks\n", body="Stay tuned for the risks."),
    ),
    "C223": (part(body="It helps TK people."), part(body="It helps `TK` people and TKO fans.")),
    "C224": (part(body="<script>alert(1)</script>\n\nIt helps."), part(body="`<script>` runs code.")),
    "C225": (part(body=""), part(body="x")),
}
"""Code to a folder that raises it and one that does not."""


def site(write: Callable[[SiteFolder], None], at: str = "2027-03-10T09:00:00") -> Sample:
    """What ``check`` finds in a site that was written, and perhaps lived through."""

    def sample(tmp: Path) -> list[Finding]:
        folder_ = SiteFolder(tmp / "site")
        write(folder_)
        with folder_.at(at) as (app, _):
            return list(app.inspection().findings)

    return sample


def _live(folder_: SiteFolder) -> None:
    folder_.series(start="2027-03-02T09:00:00")
    folder_.part(1, "Benefits", body=LONG)
    folder_.tick("2027-03-02T08:30:00")


LONG = "It eases the back, calms the breath and makes for better sleep, as several studies say."


def _renumbered(folder_: SiteFolder) -> None:
    _live(folder_)
    (folder_.posts / "massage/01-benefits.md").rename(folder_.posts / "massage/02-benefits.md")


def _gone(folder_: SiteFolder) -> None:
    _live(folder_)
    (folder_.posts / "massage/01-benefits.md").unlink()


def _promised(folder_: SiteFolder) -> None:
    folder_.series(more='\n[[outline]]\npart = 2\ntitle = "Risks"\n')
    folder_.part(1, "Benefits", body=LONG)


def _plain(folder_: SiteFolder, body: str = LONG) -> None:
    folder_.series()
    folder_.part(1, "Benefits", body=body)


def _long(folder_: SiteFolder) -> None:
    _plain(folder_, "\n\n".join([LONG] * 1200))


def _paragraph(folder_: SiteFolder) -> None:
    _plain(folder_, LONG * 600)


def _template(folder_: SiteFolder) -> None:
    _plain(folder_)
    (folder_.root / "email_templates").mkdir()
    (folder_.root / "email_templates/release.html").write_text("<p>{{ no_such_name }}</p>")


def _id_taken(folder_: SiteFolder) -> None:
    _live(folder_)
    folder_.part(2, "Risks", front="entry_id: 'tag:docchat.example,2027:massage/1'\n", body=LONG)


def _id_own(folder_: SiteFolder) -> None:
    _live(folder_)
    folder_.part(2, "Risks", front="entry_id: 'tag:docchat.example,2027:other'\n", body=LONG)


def _no_slot(folder_: SiteFolder) -> None:
    _plain(folder_)
    (folder_.posts / "massage/series.toml").write_text('title = "Massage"\nstart = 2027-03-16T09:00:00\n')
    folder_.part(2, "Risks", body=LONG)


HISTORY: dict[str, tuple[Sample, Sample]] = {
    "C301": (site(_renumbered), site(_live)),
    "C302": (site(_gone), site(_live)),
    "C303": (site(_promised, at="2027-03-22T09:00:00"), site(_promised)),
    "C304": (site(_long), site(_plain)),
    "C305": (site(_paragraph), site(_plain)),
    "C306": (site(_template), site(_plain)),
    "C307": (site(_id_taken), site(_id_own)),
    "C308": (site(_no_slot), site(_plain)),
}
"""Code to a site that raises it and one that does not."""
