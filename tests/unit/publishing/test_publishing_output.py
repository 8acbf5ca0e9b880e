"""What a build writes, and leaves alone."""

from __future__ import annotations

import json
import sys

import pytest

from docchat_mailer.errors import TemporaryError
from sites import run_cli


def stamps(site):
    return {
        str(file): (file.stat().st_ino, file.stat().st_mtime_ns)
        for file in (site.root / "public").rglob("*")
        if file.is_file()
    }


def test_equal_bytes_are_not_written_again(site):
    site.series()
    site.part(1, "Benefits")
    site.tick("2027-03-16T08:00:01")
    before = stamps(site)
    assert json.loads(run_cli("build", "--json", cwd=site.root).stdout)["rendered"] == 0
    (site.root / "state").joinpath("x").write_text("")
    site.tick("2027-03-16T09:00")
    assert stamps(site) == before


def test_a_draft_and_a_future_part_change_no_feed(site):
    site.series()
    site.part(1, "Benefits")
    site.tick("2027-03-16T08:00:01")
    feeds = {name: site.read(name) for name in ("feed.xml", "atom.xml", "feed.json", "s/massage/feed.xml")}
    site.part(2, "Risks")
    site.part(3, "Types", front="draft: true\n")
    site.tick("2027-03-16T09:00")
    assert {name: site.read(name) for name in feeds} == feeds


def test_a_removed_public_folder_is_made_again_to_the_byte(site):
    site.series()
    site.part(1, "Benefits")
    site.tick("2027-03-16T08:00:01")
    before = site.public_bytes()
    (site.root / "public").rename(site.root / "gone")
    site.tick("2027-03-16T09:00")
    assert site.public_bytes() == before


def test_fault_A5_what_a_killed_build_left_half_written_is_swept(site):
    site.series()
    site.part(1, "Benefits")
    site.tick("2027-03-16T08:00:01")
    leftover = site.root / "public" / "s" / ".index.html.0a1b2c3d.tmp"
    leftover.write_bytes(b"half a pa")
    site.tick("2027-03-16T09:00")
    assert not leftover.exists()


def test_a_failing_deploy_mails_nobody_and_is_tried_again(site):
    flag = site.root / "may-deploy"
    script = f"import os, sys; sys.exit(0 if os.path.exists({str(flag)!r}) else 'no such host')"
    command = json.dumps([sys.executable, "-c", script])
    site.config.write_text(site.config.read_text() + f"\n[output]\ndeploy = {command}\n")
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org")
    with pytest.raises(TemporaryError, match="no such host"):
        site.tick("2027-03-16T08:00:01")
    assert site.messages() == []
    flag.touch()
    site.tick("2027-03-16T08:05")
    assert len(site.messages()) == 1


def test_archives_hold_what_the_current_feed_does_not(site):
    site.config.write_text(site.config.read_text() + "\n[feeds]\nentries = 3\narchive_block = 10\n")
    for number in range(25):
        site.post(f"post-{number:02}", f"Post {number}", f"2026-01-{number + 1:02}")
    run_cli("adopt", cwd=site.root)
    current = json.loads(site.read("feed.json"))
    assert [item["title"] for item in current["items"]] == ["Post 24", "Post 23", "Post 22"]
    seen, url = set(), current["next_url"]
    while url:
        document = json.loads(site.read(url.removeprefix("https://docchat.example/")))
        seen |= {item["id"] for item in document["items"]}
        url = document.get("next_url")
    assert len(seen) == 25
    before = site.public_bytes()
    site.post("new", "New", "2026-02-01")
    run_cli("adopt", cwd=site.root)
    changed = {path for path, content in site.public_bytes().items() if before.get(path) != content}
    assert {path for path in changed if "archive/" in path} == {
        "archive/0003.xml",
        "archive/0003.atom",
        "archive/0003.json",
    }


def test_a_build_that_is_up_to_date_is_seen_at_once_and_every_change_ends_that(site):
    def rendered():
        return json.loads(run_cli("build", "--json", cwd=site.root).stdout)["rendered"]

    site.post("one", "One", "2026-01-01")
    run_cli("adopt", cwd=site.root)
    rendered()
    assert rendered() == 0
    (site.root / "public" / "p" / "one" / "index.html").unlink()
    assert rendered() == 1
    assert rendered() == 0
    site.config.write_text(site.config.read_text().replace('author = "DocChat"', 'author = "Doc"'))
    assert rendered() > 5
    assert rendered() == 0
    templates = site.root / "email_templates" / "pages"
    templates.mkdir(parents=True)
    (templates / "not_found.html").write_text("<!doctype html><title>gone</title>")
    assert rendered() > 0


def test_a_style_sheet_of_the_sites_own_is_the_one_that_is_published(site):
    own = site.root / "email_templates" / "pages" / "style.css"
    own.parent.mkdir(parents=True)
    own.write_text("body { color: #123456 }\n", encoding="utf-8")
    site.tick("2027-03-16T08:01:00")
    assert [name for name, content in site.public_bytes().items() if content == own.read_bytes()] == [
        "assets/style.css"
    ]
