"""How much a build does, counted: what did not change is neither read, rendered nor written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from docchat_mailer.publishing.adopting import adopt
from docchat_mailer.publishing.building import BuildReport
from docchat_mailer.publishing.round import finish, prepare, publish_due
from docchat_mailer.store import revisions
from sites import SiteFolder, run_cli

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def write_posts(site: SiteFolder, count: int) -> None:
    """*count* posts, a day apart; each has one of four tags."""
    first = datetime(2020, 1, 1, tzinfo=UTC)
    for n in range(count):
        day = (first + timedelta(days=n)).date()
        site.post(f"post-{n:04}", f"Post {n}", str(day), front=f"tags: [topic {n % 4}]\n")


def build(site: SiteFolder) -> BuildReport:
    """Adopt what is past, and build."""
    with site.at(NOW.isoformat()) as (app, _):
        desk, _ = prepare(app.press, NOW)
        adopt(desk, NOW)
        return publish_due(app.press, NOW).build


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement run meanwhile."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def bodies_read(monkeypatch) -> list[int]:
    """The ids of every publication whose body is read, in order."""
    read: list[int] = []
    real = revisions.revisions_of

    def counted(c, ids):
        read.extend(ids)
        return real(c, ids)

    monkeypatch.setattr(revisions, "revisions_of", counted)
    return read


def test_nothing_changed_renders_nothing_and_reads_no_body(site, bodies_read):
    write_posts(site, 30)
    assert build(site).rendered > 30
    bodies_read.clear()
    again = build(site)
    assert (again.rendered, again.written, again.removed, bodies_read) == (0, (), (), [])


def test_a_changed_post_renders_what_shows_it_and_no_more(site, bodies_read):
    write_posts(site, 60)
    build(site)
    bodies_read.clear()
    site.post("post-0059", "Post 59", "2020-02-29", front="tags: [topic 3]\n", body="Quite other words.")
    again = build(site)
    shows = (
        "/p/post-0059/",
        "/t/topic-3/",
        "/index.html",
        "/feed.xml",
        "/atom.xml",
        "/feed.json",
        "/archive/",
    )
    assert "/p/post-0059/index.html" in again.written
    assert [path for path in again.written if not path.startswith(shows)] == []
    assert again.rendered < 20
    assert len(set(bodies_read)) <= 60


def test_the_statements_of_an_idle_round_do_not_grow_with_the_posts(site, tmp_path):
    counts = []
    for count in (20, 60):
        grown = SiteFolder(tmp_path / f"of-{count}")
        write_posts(grown, count)
        build(grown)
        with grown.at(NOW.isoformat()) as (app, _), statements() as seen:
            publish_due(app.press, NOW)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_work_of_a_full_build_grows_in_proportion(tmp_path):
    rendered = {}
    for count in (40, 80, 160):
        site = SiteFolder(tmp_path / f"of-{count}")
        write_posts(site, count)
        rendered[count] = build(site).rendered
    assert rendered[160] <= 2 * rendered[80]
    assert rendered[80] <= 2 * rendered[40]


def test_a_new_post_moves_the_current_feed_and_the_newest_archives_alone(site):
    settings = site.config.read_text(encoding="utf-8")
    site.config.write_text(f"{settings}\n[feeds]\nentries = 10\narchive_block = 10\n", encoding="utf-8")
    write_posts(site, 300)
    build(site)
    site.post("post-new", "Brand new", "2021-01-01")
    moved = [path for path in build(site).written if path.startswith("/archive/")]
    assert moved
    assert {int(path[len("/archive/") :].split(".")[0]) for path in moved} <= {30, 31}


def test_equal_files_are_left_alone(site):
    write_posts(site, 25)
    build(site)
    before = _marks(site)
    with site.at(NOW.isoformat()) as (app, _):
        with app.db.write() as c:
            c.exec_driver_sql("UPDATE outputs SET inputs = 'forgotten'")
        desk, _ = prepare(app.press, NOW)
        done = finish(desk, NOW, []).build
    assert done.rendered == done.sheets
    assert done.written == ()
    assert _marks(site) == before


def _marks(site: SiteFolder) -> dict[str, tuple[int, int]]:
    files = (file for file in (site.root / "public").rglob("*") if file.is_file())
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def test_two_full_builds_give_the_same_bytes_wherever_they_run(tmp_path):
    found = []
    for seed, zone in (("1", "UTC"), ("7", "Asia/Kolkata")):
        site = SiteFolder(tmp_path / f"seed-{seed}")
        write_posts(site, 12)
        run_cli("adopt", "--config", site.config, cwd=site.root, PYTHONHASHSEED=seed, TZ=zone)
        found.append(site.public_bytes())
    assert found[0] == found[1]
    assert len(found[0]) > 12
