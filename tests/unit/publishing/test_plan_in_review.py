"""A plan that can be reviewed: stable JSON, a comparison with another revision, a calendar."""

import json
import shutil
import subprocess

import icalendar
import pytest

from sites import SiteFolder, call_cli, run_cli

AUTHOR = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]


def git(site: SiteFolder, *arguments: str) -> None:
    subprocess.run(["git", *AUTHOR, *arguments], cwd=site.root, check=True, capture_output=True)


def commit(site: SiteFolder) -> None:
    git(site, "add", "-A")
    git(site, "commit", "-q", "--allow-empty", "-m", "x")


@pytest.fixture
def kept(tmp_path) -> SiteFolder:
    """Two parts ahead, under git."""
    site = SiteFolder(tmp_path / "site")
    site.series(start="2097-03-19T09:00:00")
    site.part(1, "Benefits")
    site.part(2, "Risks")
    git(site, "init", "-q", "-b", "main")
    commit(site)
    return site


def planned(site: SiteFolder, *arguments: str):
    return call_cli("plan", "--until", "2098-01", *arguments, "--config", site.config, cwd=site.root)


def test_nothing_changes_against_itself(kept):
    assert planned(kept, "--against", "HEAD").stdout == "Nothing changes against HEAD.\n"


def test_a_change_is_shown_as_what_it_does_to_what_goes_out_when(kept):
    kept.series(start="2097-03-26T09:00:00")
    kept.part(3, "Types")
    lines = planned(kept, "--against", "main").stdout.splitlines()
    assert lines == [
        "moved massage/1",
        "- Tue 2097-03-19 09:00 CET (2097-03-19 08:00 UTC)  release: Massage Part 1 – Benefits",
        "+ Tue 2097-03-26 09:00 CET (2097-03-26 08:00 UTC)  release: Massage Part 1 – Benefits",
        "moved massage/2",
        "- Mon 2097-03-25 09:00 CET (2097-03-25 08:00 UTC)  announce: Massage Part 2 – Risks",
        "+ Mon 2097-04-01 09:00 CEST (2097-04-01 07:00 UTC)  announce: Massage Part 2 – Risks",
        "moved massage/2",
        "- Tue 2097-03-26 09:00 CET (2097-03-26 08:00 UTC)  release: Massage Part 2 – Risks",
        "+ Tue 2097-04-02 09:00 CEST (2097-04-02 07:00 UTC)  release: Massage Part 2 – Risks",
        "added massage/3",
        "+ Mon 2097-04-08 09:00 CEST (2097-04-08 07:00 UTC)  announce: Massage Part 3 – Types",
        "added massage/3",
        "+ Tue 2097-04-09 09:00 CEST (2097-04-09 07:00 UTC)  release: Massage Part 3 – Types",
    ]


def test_a_gap_shows_as_a_hold_and_a_title_as_a_change(kept):
    (kept.posts / "massage/02-risks.md").rename(kept.posts / "massage/03-risks.md")
    told = json.loads(planned(kept, "--against", "main", "--json").stdout)
    assert told["schema"] == "plan-changes/1"
    assert {(one["change"], (one["after"] or one["before"])["part"]) for one in told["changes"]} == {
        ("held", 1),
        ("removed", 2),
    }
    git(kept, "checkout", "-q", "-f", "main")
    (kept.posts / "massage/03-risks.md").unlink()
    kept.part(2, "Dangers", slug="risks")
    told = json.loads(planned(kept, "--against", "main", "--json").stdout)
    assert {(one["change"], one["after"]["title"]) for one in told["changes"]} == {
        ("changed", "Massage Part 2 – Dangers")
    }


def test_the_same_plan_gives_the_same_bytes(kept):
    assert planned(kept, "--json").stdout == planned(kept, "--json").stdout


def test_a_revision_without_the_posts_had_no_plan(tmp_path):
    site = SiteFolder(tmp_path / "site")
    git(site, "init", "-q", "-b", "main")
    commit(site)
    site.series(start="2097-03-19T09:00:00")
    site.part(1, "Benefits")
    assert planned(site, "--against", "main").stdout.splitlines()[0] == "added massage/1"


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD:posts"])
def test_an_unknown_revision_is_told(kept, revision):
    done = call_cli("plan", f"--against={revision}", "--config", kept.config, cwd=kept.root, check=False)
    assert done.returncode == 2
    assert "name a commit, branch or tag" in done.stderr


def test_posts_in_no_repository_are_told(tmp_path):
    site = SiteFolder(tmp_path / "site")
    done = run_cli(
        "plan", "--against", "main", "--config", site.config, cwd=site.root, check=False,
        GIT_CEILING_DIRECTORIES=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 2
    assert "not a git repository" in done.stderr


def test_a_fresh_clone_plans_on_from_what_the_identity_file_says_is_out(tmp_path):
    site = SiteFolder(tmp_path / "site")
    site.series(start="2027-03-16T09:00:00")
    site.part(1, "Benefits")
    site.part(2, "Risks", front="publish: 2097-03-26T09:00:00+01:00\n")
    site.tick("2027-03-16T08:01:00")
    before = json.loads(planned(site, "--json").stdout)["steps"]
    assert [(one["action"], one["part"]) for one in before] == [("announce", 2), ("release", 2)]
    shutil.rmtree(site.root / "state")
    shutil.rmtree(site.root / "public")
    assert json.loads(planned(site, "--json").stdout)["steps"] == before
    assert not (site.root / "state").exists()


def test_a_calendar_holds_every_step_under_a_name_that_stays(kept):
    first, again = (icalendar.Calendar.from_ical(planned(kept, "--ical").stdout) for _ in range(2))
    assert [str(event["UID"]) for event in first.walk("VEVENT")] == [
        "release/massage/1@docchat.example",
        "announce/massage/2@docchat.example",
        "release/massage/2@docchat.example",
    ]
    assert first.walk("VEVENT")[0]["DTSTART"].dt.isoformat() == "2097-03-19T08:00:00+00:00"
    assert str(first.walk("VEVENT")[0]["SUMMARY"]) == "release: Massage Part 1 – Benefits"
    assert [e["UID"] for e in first.walk("VEVENT")] == [e["UID"] for e in again.walk("VEVENT")]


def test_a_calendar_is_no_comparison(kept):
    done = call_cli(
        "plan", "--ical", "--against", "HEAD", "--config", kept.config, cwd=kept.root, check=False
    )
    assert done.returncode == 2
