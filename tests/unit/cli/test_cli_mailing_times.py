"""When mail leaves, before it does: ``plan`` and ``status`` with a grace, a rate and a daily cap."""

import json

import pytest

from sites import CONFIG, SiteFolder, call_cli

RELAY = """\
transport = "smtp"
unsubscribe_mailto = "leave@docchat.example"

[mail.smtp]
host = "smtp.docchat.example"
"""


def a_site(tmp_path, mail: str) -> SiteFolder:
    site = SiteFolder(tmp_path / "site")
    site.config.write_text(CONFIG + mail, encoding="utf-8")
    site.series(start="2097-03-19T09:00:00")
    site.part(1, "Benefits")
    site.part(2, "Risks")
    return site


def planned(site: SiteFolder, *arguments: str):
    return call_cli("plan", "--until", "2098-01", *arguments, "--config", site.config, cwd=site.root)


def test_without_limits_a_plan_says_nothing_of_them(tmp_path):
    site = a_site(tmp_path, "")
    site.subscribe("anna@example.org")
    lines = planned(site).stdout.splitlines()
    assert lines == [line for line in lines if not line.startswith(" ")]
    [step, *_] = json.loads(planned(site, "--json").stdout)["steps"]
    assert (step["mail_at"], step["last_mail"]) == ("2097-03-19T08:00:00Z", None)


def test_the_last_letter_is_reckoned_from_the_rate_and_those_who_follow_now(tmp_path):
    site = a_site(tmp_path, RELAY + 'rate = "1/min"\n')
    site.subscribe("anna@example.org", "ben@example.org", "carl@example.org")
    assert planned(site).stdout.splitlines()[:2] == [
        "Tue 2097-03-19 09:00 CET (2097-03-19 08:00 UTC)  release to 3: Massage Part 1 – Benefits",
        "    3 readers, last mail about 09:02",
    ]


def test_a_grace_comes_before_it_and_any_number_can_be_reckoned_with(tmp_path):
    site = a_site(tmp_path, 'grace = "10 min"\n' + RELAY + 'rate = "10000/h"\n')
    assert planned(site, "--subscribers", "200000").stdout.splitlines()[:2] == [
        "Tue 2097-03-19 09:00 CET (2097-03-19 08:00 UTC)  release to 200000: Massage Part 1 – Benefits",
        "    mail goes out at 09:10, 200000 readers, last mail about Wed 2097-03-20 05:09",
    ]
    step, *_ = json.loads(planned(site, "--subscribers", "200000", "--json").stdout)["steps"]
    assert (step["recipients"], step["mail_at"], step["last_mail"]) == (
        200000,
        "2097-03-19T08:10:00Z",
        "2097-03-20T04:09:59Z",
    )
    assert (
        planned(site, "--subscribers", "1").stdout.splitlines()[1].endswith("1 reader, last mail about 09:10")
    )


def test_a_daily_cap_spreads_it_over_days(tmp_path):
    site = a_site(tmp_path, RELAY + "daily_cap = 1000\n")
    assert (
        "    2500 readers, last mail about Thu 2097-03-21 01:00"
        in planned(site, "--subscribers", "2500").stdout.splitlines()
    )


def test_a_comparison_reckons_with_the_same_readers_on_both_sides(tmp_path):
    import subprocess  # noqa: PLC0415

    site = a_site(tmp_path, "")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        author = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *author, *command], cwd=site.root, check=True, capture_output=True)
    done = planned(site, "--against", "HEAD", "--subscribers", "9")
    assert done.stdout == "Nothing changes against HEAD.\n"


@pytest.fixture
def waiting(tmp_path) -> SiteFolder:
    site = SiteFolder(tmp_path / "site")
    site.config.write_text(CONFIG + 'grace = "10 min"\n', encoding="utf-8")
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org", "ben@example.org")
    site.tick("2027-03-16T08:00:00")
    return site


@pytest.mark.parametrize("verb", ["status", "plan"])
def test_mail_that_waits_for_its_grace_is_shown_with_its_instant(waiting, verb):
    done = call_cli(verb, "--config", waiting.config, cwd=waiting.root)
    assert "mail goes out at 09:10: massage/1 release to 2 readers" in done.stdout.splitlines()
    told = json.loads(call_cli(verb, "--json", "--config", waiting.config, cwd=waiting.root).stdout)["mail"]
    assert told == [
        {
            "at": "2027-03-16T08:10:00Z",
            "last_mail": None,
            "edition": 1,
            "series": "massage",
            "part": 1,
            "kind": "release",
            "recipients": 2,
        }
    ]
    waiting.tick("2027-03-16T08:10:00")
    assert (
        json.loads(call_cli(verb, "--json", "--config", waiting.config, cwd=waiting.root).stdout)["mail"]
        == []
    )
