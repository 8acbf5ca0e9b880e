"""What publishing promises, through real ticks on a real site."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from docchat_mailer.delivery.fan_out import fan_out_due
from docchat_mailer.errors import UsageError
from docchat_mailer.model.publication import EditionState
from docchat_mailer.publishing.adopting import adopt
from docchat_mailer.publishing.catching_up import catch_up
from docchat_mailer.publishing.deciding import let_go, publish_now
from docchat_mailer.publishing.round import prepare, publish_due
from docchat_mailer.store import accounting, editions
from sites import run_cli
from sites_png import PNG


def names(report):
    return [(event.name, event.number) for event in report.round.events]


def test_fault_E1_an_edit_is_a_revision_for_page_and_feed_and_mails_nobody(site):
    site.series()
    site.part(1, "Benefits", body="The first words.")
    site.subscribe("anna@example.org")
    site.tick("2027-03-16T08:00:01")
    updated = re.search(r"<updated>(.*?)</updated>", site.read("atom.xml"))[1]
    letters = site.messages()
    site.part(1, "Benefits", body="Other words.")
    assert names(site.tick("2027-03-17")) == [("revised", 1)]
    assert names(site.tick("2027-03-17T01:00")) == []
    assert "Other words." in site.read("s/massage/benefits/index.html")
    assert "Other words." in site.read("feed.xml")
    assert re.search(r"<updated>(.*?)</updated>", site.read("atom.xml"))[1] == updated
    assert site.messages() == letters


def test_only_front_matter_moves_updated(site):
    site.series()
    site.part(1, "Benefits")
    site.tick("2027-03-16T08:00:01")
    site.part(1, "Benefits", front="updated: 2027-03-18T10:00:00+01:00\n", body="Corrected.")
    site.tick("2027-03-18T12:00")
    assert "<updated>2027-03-18T09:00:00+00:00</updated>" in site.read("atom.xml")
    assert "<published>2027-03-16T08:00:01+00:00</published>" in site.read("atom.xml")


def test_fault_E1_rows_not_sent_yet_get_the_frozen_letter(site):
    site.series()
    site.part(1, "Benefits", body="The frozen words.")
    site.subscribe("anna@example.org")
    with site.at("2027-03-16T08:00:01") as (app, clock):
        publish_due(app.press, clock.now())
    site.part(1, "Benefits", body="Words that came too late.")
    site.tick("2027-03-16T08:01")
    [letter] = site.messages()
    text = message_from_bytes(letter, policy=policy.default).get_body(("plain",)).get_content()
    assert "The frozen words." in text
    assert "too late" not in text


def test_fault_E4_a_gap_holds_its_series_and_no_other(site):
    site.series("gap", title="Gap")
    site.part(1, "One", series="gap")
    site.part(3, "Three", series="gap")
    site.series("good", title="Good")
    site.part(1, "One", series="good")
    report = site.tick("2027-03-16T08:00:01")
    assert {(e.name, e.series) for e in report.round.events} == {("held", "gap"), ("released", "good")}
    assert run_cli("check", cwd=site.root, check=False).returncode == 65


def test_fault_E5_of_two_files_with_one_number_neither_goes_out(site):
    site.series()
    site.part(1, "Benefits")
    site.part(1, "Again")
    assert names(site.tick("2027-03-16T08:00:01")) == [("held", 1)]
    assert not (site.root / "public/s").exists()


def test_fault_E11_a_letter_over_its_budget_holds_the_part_with_the_reason(site):
    site.series()
    site.part(1, "Benefits", body="\n\n".join(["Many words in one paragraph. " * 30] * 150))
    report = site.tick("2027-03-16T08:00:01")
    assert names(report) == [("held", 1)]
    assert "90 KB" in report.round.events[0].detail
    assert "KB of HTML" in run_cli("check", cwd=site.root, check=False).stdout


def test_fault_E7_a_broken_template_is_named_by_check_and_publishes_nothing(site):
    site.series()
    site.part(1, "Benefits")
    templates = site.root / "email_templates"
    templates.mkdir()
    (templates / "release.html").write_text("<p>{{ no_such_name }}</p>")
    checked = run_cli("check", cwd=site.root, check=False)
    assert checked.returncode == 65
    assert "release.html" in checked.stdout
    assert "no_such_name" in checked.stdout


def test_a_dead_link_holds_the_part(site):
    site.series()
    site.part(1, "Benefits", body="See [this](02-nowhere.md).")
    assert names(site.tick("2027-03-16T08:00:01")) == [("held", 1)]


def test_fault_C9_parts_past_at_the_first_start_wait_for_a_decision(site):
    site.series(start="2027-01-05T09:00:00")
    site.part(1, "Benefits")
    site.part(2, "Risks")
    report = site.tick("2027-03-01")
    assert names(report) == [("held", 1)]
    assert "first start" in report.round.events[0].detail
    assert site.messages() == []


@pytest.mark.parametrize(("which", "mailed"), [("all", 2), ("latest", 1), ("none", 0)])
def test_catching_up_mails_what_was_asked_for_and_adopts_the_rest(site, which, mailed):
    site.series(start="2027-01-05T09:00:00")
    site.part(1, "Benefits")
    site.part(2, "Risks")
    site.subscribe("anna@example.org")
    site.tick("2027-03-01")
    with site.at("2027-03-01T10:00") as (app, clock):
        assert catch_up(app.press, clock.now(), which) == 2
    site.tick("2027-03-01T10:01")
    assert len(site.messages()) == mailed
    assert site.read("atom.xml").count("<entry>") == 2


def test_adopting_publishes_the_past_and_mails_nobody_and_the_series_goes_on(site):
    site.series(start="2027-02-23T09:00:00")
    site.part(1, "Benefits")
    site.part(2, "Risks")
    site.part(3, "Types")
    site.subscribe("anna@example.org", instant="2027-03-05")
    with site.at("2027-03-05") as (app, clock):
        desk, _ = prepare(app.press, clock.now())
        assert adopt(desk, clock.now()).adopted == 2
    assert names(site.tick("2027-03-09T08:00:01"))[-1] == ("released", 3)
    assert len(site.messages()) == 1
    assert "<published>2027-02-23T08:00:00+00:00</published>" in site.read("atom.xml")


def test_publish_now_keeps_the_order(site):
    site.series()
    site.part(1, "Benefits")
    site.part(2, "Risks")
    with site.at("2027-03-01") as (app, clock):
        desk, _ = prepare(app.press, clock.now())
        with pytest.raises(UsageError, match="waits for part 1"):
            publish_now(desk, "massage/2", clock.now())
        assert [e.name for e in publish_now(desk, "massage", clock.now())] == ["released"]


def test_a_held_series_waits_and_takes_its_next_slot_when_resumed(site):
    site.series()
    site.part(1, "Benefits")
    run_cli("hold", "massage", "--reason", "under review", cwd=site.root)
    assert names(site.tick("2027-03-16T08:00:01")) == []
    with site.at("2027-03-17") as (app, clock):
        desk, _ = prepare(app.press, clock.now())
        let_go(desk, "massage", clock.now())
    assert names(site.tick("2027-03-17T10:00")) == []
    assert names(site.tick("2027-03-23T08:00:01")) == [("released", 1)]


def test_two_ticks_at_one_instant_do_each_step_once(site):
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org")
    assert names(site.tick("2027-03-16T08:00:01")) == [("released", 1)]
    assert names(site.tick("2027-03-16T08:00:01")) == []
    assert len(site.messages()) == 1


def test_fault_C1_a_clock_set_back_publishes_nothing_again(site):
    site.series()
    site.part(1, "Benefits")
    site.tick("2027-03-16T08:00:01")
    assert names(site.tick("2026-03-16T08:00:01")) == []


def test_mail_waits_until_the_page_answers_and_is_paused_when_it_never_does(site):
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org")
    asked = []

    def never(url):
        asked.append(url)
        return False

    with site.at("2027-03-16T08:00:01") as (app, clock):
        press = replace(app.press, answers=never)
        publish_due(press, clock.now())
        assert fan_out_due(app.db, clock.now()) == []
        clock.set(clock.now().replace(hour=9))
        assert len(publish_due(press, clock.now()).live.paused) == 1
        with app.db.read() as c:
            [edition] = editions.editions(c)
        assert edition.state is EditionState.PAUSED
    assert set(asked) == {"https://docchat.example/s/massage/benefits/"}


def test_the_accounts_add_up_after_every_tick(site):
    site.series()
    site.part(1, "Benefits")
    site.part(2, "Risks")
    site.subscribe("anna@example.org", "ben@example.org")
    for instant in ("2027-03-16T08:00:01", "2027-03-22T08:00:01", "2027-03-23T08:00:01"):
        site.tick(instant)
        with site.at(instant) as (app, _), app.db.read() as c:
            assert accounting.accounting_faults(c) == []
            assert sum(e.candidates for e in editions.editions(c)) == sum(accounting.sums(c).values())
    status = run_cli("status", "--check", "--json", cwd=site.root)
    assert '"healthy": true' in status.stdout


def test_a_post_of_its_own_goes_out_on_its_date(site):
    site.post("hello", "Hello", "2027-03-10T10:00:00+01:00")
    assert names(site.tick("2027-03-10T08:59:59")) == []
    assert names(site.tick("2027-03-10T09:00:00")) == [("released", 1)]
    assert "Hello" in site.read("p/hello/index.html")


def test_images_are_published_and_survive_the_loss_of_file_and_public_folder(site):
    site.series()
    folder = site.posts / "massage"
    (folder / "hands.png").write_bytes(PNG)
    site.part(1, "Benefits", body="![Two hands](hands.png)")
    site.tick("2027-03-16T08:00:01")
    (folder / "hands.png").unlink()
    shutil.rmtree(site.root / "public")
    site.tick("2027-03-16T09:00")
    [image] = (site.root / "public/media").rglob("hands.png")
    assert image.read_bytes() == PNG
