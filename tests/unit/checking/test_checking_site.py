"""``check`` over a site: what is remembered, what is held, and what scripts are told."""

import json
from email import message_from_bytes, policy

import pytest

from docchat_mailer.checking.memory import Memory
from docchat_mailer.errors import UsageError
from docchat_mailer.publishing.inspecting import part_findings
from docchat_mailer.publishing.round import look
from sites import run_cli
from sites_png import PNG

AT = "2027-03-01T09:00:00"
LONG = "It eases the back, calms the breath and makes for better sleep, as several studies say."
TEMPLATES = 2  # a release and an announcement are tried with sample data


@pytest.fixture
def written(site):
    """A series of three parts, and a place to remember in."""
    site.series(start="2027-03-16T09:00:00")
    for number, title in enumerate(("Benefits", "Risks", "Types"), start=1):
        site.part(number, title, body=LONG)
    (site.root / "state").mkdir()
    return site


def inspected(site):
    """What one check found, and how many letters it compiled."""
    with site.at(AT) as (app, _):
        return app.inspection()


def test_an_unchanged_site_compiles_no_letter_and_one_edit_compiles_one(written):
    assert inspected(written).letters == 3 + TEMPLATES
    assert inspected(written).letters == 0
    written.part(2, "Risks", body=LONG + " TK")
    again = inspected(written)
    assert again.letters == 1
    assert [one.code for one in again.findings] == ["C223"]
    assert inspected(written) == type(again)(findings=again.findings, letters=0)


def test_another_template_setting_or_title_is_looked_at_again(written):
    inspected(written)
    (written.root / "email_templates").mkdir()
    (written.root / "email_templates/letter-head.css").write_text("a:hover { color: red !important; }")
    assert inspected(written).letters == 3 + TEMPLATES
    config = written.config.read_text(encoding="utf-8")
    written.config.write_text(config.replace("Thanks for", "Thank you for"), encoding="utf-8")
    assert inspected(written).letters == 3 + TEMPLATES
    written.part(1, "Gains", slug="benefits", body=LONG)
    assert inspected(written).letters == 3  # its title stands in the letters of the parts after it


def test_an_image_or_a_page_that_comes_or_goes_is_noticed(written):
    written.part(3, "Types", body=f"{LONG}\n\n![A hand](hand.png) and [of the evening](../more.md)")
    assert {one.code for one in inspected(written).findings} == {"C202", "C208"}
    (written.posts / "massage/hand.png").write_bytes(PNG)
    written.post("more", "More", "2027-03-20", body=LONG)
    assert not inspected(written).findings
    assert inspected(written).letters == 0
    (written.posts / "more.md").unlink()
    (written.posts / "massage/hand.png").write_bytes(b"no image")
    assert {one.code for one in inspected(written).findings} == {"C207", "C208"}


def test_what_a_template_does_is_told_once_and_not_for_each_part(written):
    (written.root / "email_templates").mkdir()
    css = "a:hover { color: red !important; } h2::before { color: red !important; }"
    (written.root / "email_templates/letter-head.css").write_text(css)
    told = [str(one.source) for one in inspected(written).findings if "::before" in one.what]
    assert told == ["announcement.html:1", "release.html:1"]


def test_a_memory_that_is_damaged_or_missing_is_made_anew(tmp_path, written):
    inspected(written)
    (written.root / "state/findings.msgpack").write_bytes(b"\xc1 no memory")
    assert inspected(written).letters == 3 + TEMPLATES
    memory = Memory(tmp_path / "none", "basis")
    assert memory.recall("x", "y") is None
    memory.save()
    assert not (tmp_path / "none").exists()


def test_a_check_of_a_site_that_keeps_nothing_yet_makes_nothing(site):
    site.series()
    site.part(1, "Benefits", body=LONG)
    run_cli("check", cwd=site.root)
    assert not (site.root / "state").exists()


def test_a_letter_with_an_error_is_held_with_code_and_reason_and_nothing_else_is(site):
    site.series(start="2027-03-16T09:00:00")
    site.part(1, "Benefits", body=f"Dear {{{{ name }}}}, {LONG}")
    site.series("sleep", title="Sleep", start="2027-03-16T09:00:00")
    site.part(1, "Rest", series="sleep", body=LONG)
    site.subscribe("a@example.org")
    report = site.tick("2027-03-16T08:01:00")
    told = {event.series: (event.name, event.detail) for event in report.round.events}
    assert told["sleep"][0] == "released"
    assert told["massage"][0] == "held"
    assert "[C411]" in told["massage"][1]
    assert "readers would see the braces" in told["massage"][1]
    [message] = (message_from_bytes(raw, policy=policy.default) for raw in site.messages())
    assert message["Subject"].startswith("Sleep Part 1")
    with site.at("2027-03-16T08:02:00") as (app, _):
        [only] = [one for one in app.inspection().findings if one.severity == "error"]
        assert (only.code, only.series, only.source.line) == ("C411", "massage", 5)


def test_the_panel_asks_for_one_part_and_may_bring_its_letter(written):
    written.part(2, "Risks", body=LONG + " [here](https://example.org)")
    with written.at(AT) as (app, clock):
        desk = look(app.press, clock.now())
        assert [one.code for one in part_findings(desk, "massage/2", clock.now())] == ["C424"]
        with pytest.raises(UsageError):
            part_findings(desk, "massage/9", clock.now())


def test_json_is_for_scripts_and_notes_fail_nothing(written):
    written.part(2, "Risks", body=LONG + " [here](https://example.org)")
    done = run_cli("check", "--json", "--strict", cwd=written.root)
    said = json.loads(done.stdout)
    assert said["schema"] == "check/1"
    assert said["counts"] == {"error": 0, "warning": 0, "note": 1}
    [one] = said["findings"]
    assert set(one) == {"file", "line", "code", "severity", "what", "why", "fix", "series", "part"}
    assert (one["file"], one["code"], one["series"], one["part"]) == (
        "massage/02-risks.md",
        "C424",
        "massage",
        2,
    )


def test_settings_at_fault_are_findings_too_and_exit_with_78(site):
    site.config.write_text("[site]\ntitel = 1\n")
    done = run_cli("check", "--json", cwd=site.root, check=False)
    assert done.returncode == 78
    assert {one["code"] for one in json.loads(done.stdout)["findings"]} >= {"C703", "C704"}
    plain = run_cli("check", cwd=site.root, check=False)
    assert plain.returncode == 78
    assert "error: config.toml:2: unknown key 'site.titel'" in plain.stdout


def test_a_code_is_explained_and_all_are_listed(tmp_path):
    told = run_cli("check", "--explain", "c304", cwd=tmp_path).stdout
    assert told.startswith("C304 letter too long (error)\n\nGmail shows about 102 KB")
    assert "fix: shorten the part" in told
    listed = run_cli("check", "--list-codes", cwd=tmp_path).stdout.splitlines()
    assert "C304  error    letter too long" in listed
    rows = json.loads(run_cli("check", "--list-codes", "--json", cwd=tmp_path).stdout)
    assert (rows["schema"], len(rows["codes"])) == ("codes/1", len(listed))
    unknown = run_cli("check", "--explain", "C999", cwd=tmp_path, check=False)
    assert unknown.returncode == 2
    assert "--list-codes" in unknown.stderr


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<div>",
        "![A hand](hand.png)",
        "<!-- only a comment -->",
        "[x](http://[)",
        "# One\n\n# Two",
        "&#0;&lt;script&gt;",
    ],
)
def test_odd_texts_are_told_of_and_stop_no_check(site, body):
    site.series(start="2027-03-16T09:00:00")
    site.part(1, "Benefits", body=body)
    assert all(one.source.path == "massage/01-benefits.md" for one in inspected(site).findings)
