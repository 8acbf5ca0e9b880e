"""``cancel``: whom it touches is said and confirmed before anything is done."""

import json

import pytest

from sites import CONFIG, SiteFolder, call_cli


@pytest.fixture
def waiting(tmp_path) -> SiteFolder:
    """A part whose page is live and whose mail waits for its grace."""
    site = SiteFolder(tmp_path / "site")
    site.config.write_text(CONFIG.replace("[mail]\n", '[mail]\ngrace = "10 min"\n'), encoding="utf-8")
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org", "ben@example.org")
    site.tick("2027-03-16T08:00:00")
    return site


def cancel(site: SiteFolder, *arguments: str, check=True):
    return call_cli("cancel", *arguments, "--config", site.config, cwd=site.root, check=check)


def test_a_dry_run_says_whom_it_touches_and_does_nothing(waiting):
    done = cancel(waiting, "massage/1", "--dry-run")
    assert done.stderr.splitlines() == [
        "edition 1: massage/1 release",
        "nothing has left; 2 readers would get it",
    ]
    waiting.tick("2027-03-16T08:10:00")
    assert len(waiting.messages()) == 2


def test_within_the_grace_nobody_gets_it_and_the_page_stays(waiting):
    done = cancel(waiting, "massage/1", "--yes", "--count", "2", "--json")
    told = json.loads(done.stdout)
    assert (told["schema"], told["edition"], told["readers"], told["fanned_out"], told["cancelled"]) == (
        "cancel/1",
        1,
        2,
        False,
        0,
    )
    waiting.tick("2027-03-16T08:10:00")
    assert waiting.messages() == []
    assert "Some words." in waiting.read("s/massage/benefits/index.html")
    assert cancel(waiting, "1", "--yes", "--count", "2").stderr.endswith("edition 1 is cancelled already\n")


def test_the_next_part_is_mailed_as_ever(waiting):
    waiting.part(2, "Risks")
    cancel(waiting, "massage/1", "--yes", "--count", "2")
    waiting.tick("2027-03-23T08:00:00")
    waiting.tick("2027-03-23T08:10:00")
    assert len(waiting.messages()) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 2), (["--yes"], 2), (["--yes", "--count", "1"], 75), (["--yes", "--count", "3"], 75)],
)
def test_without_the_right_number_nothing_is_done(waiting, arguments, code):
    done = cancel(waiting, "massage/1", *arguments, check=False)
    assert done.returncode == code
    assert "2 readers will not get it" in done.stderr
    waiting.tick("2027-03-16T08:10:00")
    assert len(waiting.messages()) == 2


def test_what_has_left_cannot_be_stopped(waiting):
    waiting.tick("2027-03-16T08:10:00")
    done = cancel(waiting, "massage/1", "--yes", "--count", "2", check=False)
    assert done.returncode == 2
    assert "2 accepted" in done.stderr
    assert "edition 1 has left" in done.stderr


@pytest.mark.parametrize("target", ["9", "massage/7", "massage"])
def test_what_names_no_mailing_is_told_with_the_next_step(waiting, target):
    done = cancel(waiting, target, "--dry-run", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_a_site_that_has_not_begun_has_no_mailing(tmp_path):
    site = SiteFolder(tmp_path / "site")
    assert cancel(site, "1", check=False).returncode == 2
    assert not (site.root / "state").exists()
