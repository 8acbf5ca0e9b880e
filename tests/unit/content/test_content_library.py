"""The folder of posts: what is read, what is refused, what holds what."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from docchat_mailer.content import library as library_module
from docchat_mailer.content.library import read_posts
from docchat_mailer.model.codes import CODES

BERLIN = ZoneInfo("Europe/Berlin")
SERIES = 'title = "S"\nstart = 2027-03-16T09:00:00\n[cadence]\nevery = "week"\non = ["tue"]\n'
SAMPLE = Path(__file__).parents[3] / "posts"


def a_folder(root: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def a_post(more: str = "", body: str = "Words.\n") -> str:
    return f"---\ntitle: T\n{more}---\n{body}"


def read(root: Path, files: dict[str, str | bytes]):
    return read_posts(a_folder(root, **files), BERLIN)


def codes(library) -> list[str]:
    return [one.code for one in library.findings]


def test_the_sample_has_no_findings():
    library = read_posts(SAMPLE, BERLIN)
    assert library.findings == ()
    assert [series.slug for series in library.series] == ["about-these-letters", "therapeutic-massage"]
    massage = library.series[1]
    assert massage.start == datetime(2027, 3, 16, 8, tzinfo=UTC)
    assert [topic.part for topic in massage.parts[0].topics] == [2, 3]


def test_a_missing_folder_is_a_library_without_series(tmp_path):
    assert read_posts(tmp_path / "nowhere", BERLIN).series == ()


def test_unchanged_files_are_not_opened(tmp_path, monkeypatch):
    files = {"s/series.toml": SERIES, "s/01-a.md": a_post(), "lone.md": a_post("date: 2027-03-15\n")}
    first = read(tmp_path, files)

    def refuse(*_):
        raise AssertionError("a file was opened")

    monkeypatch.setattr(library_module, "read_text", refuse)
    again = read_posts(tmp_path, BERLIN, first.records)
    assert again == first


def test_another_zone_reads_again(tmp_path):
    first = read(tmp_path, {"lone.md": a_post("date: 2027-03-15\n")})
    again = read_posts(tmp_path, ZoneInfo("Asia/Tokyo"), first.records)
    assert first.series[0].start != again.series[0].start


def test_fault_E4_a_gap_holds_its_series_and_no_other(tmp_path):
    posts = {f"s/0{n}-p{n}.md": a_post() for n in (1, 2, 4)}
    library = read(
        tmp_path, {"s/series.toml": SERIES, "o/series.toml": SERIES, "o/01-a.md": a_post(), **posts}
    )
    assert codes(library) == ["C130"]
    assert library.find("s").fault.startswith("s/04-p4.md:1: part 3 is missing")
    assert library.find("o").fault == ""


def test_an_outline_closes_a_gap(tmp_path):
    outline = SERIES + '[[outline]]\npart = 2\ntitle = "B"\n'
    library = read(tmp_path, {"s/series.toml": outline, "s/01-a.md": a_post(), "s/03-c.md": a_post()})
    assert library.findings == ()


def test_fault_E5_double_numbers_and_ids_name_both_files(tmp_path):
    files = {
        "s/series.toml": SERIES,
        "s/01-a.md": a_post("entry_id: x\n"),
        "s/1-b.md": a_post("entry_id: x\n"),
    }
    library = read(tmp_path, files)
    assert "C131" in codes(library)
    assert codes(library).count("C134") == 2
    double = next(one for one in library.findings if one.code == "C131")
    assert "s/01-a.md" in double.what
    assert "s/1-b.md" in double.what
    assert library.find("s").fault


@pytest.mark.parametrize(
    ("matter", "code", "line"),
    [
        ("summary: [a\n", "C111", 4),
        ("title: again\n", "C113", 3),
        ("tags: &a [x]\nauthor: *a\n", "C114", 3),
        ("author: !!python/object:os.system x\n", "C115", 3),
        ("publish: 2027-13-01\n", "C121", 3),
        ("publish: 2027-03-28 02:30:00\n", "C120", 3),
        ("publish: 2027-02-30T10:00+01:00\n", "C121", 3),
        ("titel: x\n", "C116", 3),
        ("part: 2\n", "C132", 3),
        ('summary: "a\\rb"\n', "C102", 3),
        ('tags: ["a\\u2028b"]\n', "C102", 3),
        ("slug: ../../x\n", "C107", 3),
        ("aliases: [/a/..%2f..%2fx]\n", "C119", 3),
        ("summary: " + "x" * 70_000 + "\n", "C112", 1),
        ("image: pic.png\n", "C201", 3),
        ("x: " + "[" * 5_000 + "\n", "C111", 3),
    ],
)
def test_fault_E8_front_matter_faults_name_their_line(tmp_path, matter, code, line):
    library = read(tmp_path, {"s/series.toml": SERIES, "s/01-a.md": a_post(matter)})
    assert (code, line) in [(one.code, one.source.line) for one in library.findings]
    assert library.find("s").fault


def test_the_nearest_key_is_offered(tmp_path):
    library = read(tmp_path, {"s/series.toml": SERIES + 'evry = "day"\n', "s/01-a.md": a_post("tag: [x]\n")})
    assert [one.fix for one in library.findings] == ["did you mean 'tags'?", "did you mean 'every'?"]
    assert library.findings[1].source.line == 6


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"\xef\xbb\xbf---\r\ntitle: T\r\n---\r\nWords.\r\n", []),
        (b"---\ntitle: T\n---\n\xff\n", ["C101"]),
        (b"---\ntitle: T\n---\na\x00b\n", ["C102"]),
        ("---\ntitle: T\n---\na\u202eb\n".encode(), ["C102"]),
    ],
)
def test_fault_E9_encodings(tmp_path, raw, found):
    assert codes(read(tmp_path, {"s/series.toml": SERIES, "s/01-a.md": raw})) == found


def test_fault_E10_a_large_file_is_not_opened(tmp_path):
    read(tmp_path, {"s/series.toml": SERIES})
    with (tmp_path / "s" / "01-a.md").open("wb") as file:
        file.truncate(100_000_000)
    assert codes(read_posts(tmp_path, BERLIN)) == ["C103"]


def test_fault_E13_editors_leave_no_parts(tmp_path):
    names = (".01-a.md.swp", "01-a.md~", "#01-a.md#", "4913", "_notes.md", "README.md")
    files = {f"s/{name}": "x" for name in names} | {"ids.txt": "x"}
    library = read(tmp_path, {"s/series.toml": SERIES, "s/01-a.md": a_post(), **files})
    assert library.findings == ()
    assert len(library.find("s").parts) == 1


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    outside = a_folder(tmp_path / "out", **{"x.md": a_post("date: 2027-01-01\n")})
    inside = a_folder(tmp_path / "posts", **{"a.md": a_post("date: 2027-01-01\n")})
    (inside / "x.md").symlink_to(outside / "x.md")
    library = read_posts(inside, BERLIN)
    assert codes(library) == ["C105"]
    assert [series.slug for series in library.series] == ["a"]


def test_parts_after_a_draft_wait(tmp_path):
    posts = {"s/01-a.md": a_post(), "s/02-b.md": a_post("draft: true\n"), "s/03-c.md": a_post()}
    library = read(tmp_path, {"s/series.toml": SERIES, **posts})
    assert codes(library) == ["C136"]
    assert [part.number for part in library.find("s").parts] == [1]
    assert library.find("s").fault == ""


def test_a_title_form_cannot_reach_into_objects(tmp_path):
    form = 'part_title = "{title.__class__} {n}"\n' + SERIES
    assert codes(read(tmp_path, {"s/series.toml": form, "s/01-a.md": a_post()})) == ["C124"]


def test_a_local_time_the_clocks_leave_out_is_impossible(tmp_path):
    toml = SERIES.replace("2027-03-16T09:00:00", "2027-03-28T02:30:00")
    assert codes(read(tmp_path, {"s/series.toml": toml, "s/01-a.md": a_post()})) == ["C121"]


def test_every_code_says_why_and_how():
    assert all(code.title and code.why and code.fix for code in CODES.values())
