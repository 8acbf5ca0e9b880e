"""Part 2 is promised and not written: the state the original blog was in."""

from __future__ import annotations

from docchat_mailer.model.planning import Why
from docchat_mailer.publishing.agenda import agenda
from docchat_mailer.publishing.round import look
from docchat_mailer.store.publications import all_publications
from sites import moment, run_cli, timeline

OUTLINE = '\n[[outline]]\npart = 2\ntitle = "The Risks"\nsummary = "What can go wrong."\n'
PROMISE = "stay_tuned:\n  - topic: the risks\n    part: 2\n"


def original(site):
    site.series(more=OUTLINE)
    site.part(1, "Benefits", front=PROMISE, body="Five benefits.\n\nStay tuned for the risks. {.stay-tuned}")
    return site


def test_simulated_the_announcement_goes_out_and_the_release_waits_overdue(site, tmp_path):
    original(site)
    out = tmp_path / "out"
    run_cli("simulate", "--from", "2027-03-14", "--until", "2027-05-01", "--out", out, cwd=site.root)
    told = [(e["event"], e["part"], e["at"]) for e in timeline(out)]
    assert told == [
        ("released", 1, "2027-03-16T08:00:00Z"),
        ("announced", 2, "2027-03-22T08:00:00Z"),
        ("held", 2, "2027-03-23T08:00:00Z"),
        ("promise_overdue", 1, "2027-03-23T08:00:00Z"),
    ]


def test_the_promise_shows_with_its_date_and_part_two_comes_when_its_file_does(site):
    original(site).subscribe("anna@example.org")
    site.tick("2027-03-16T08:00:01")
    assert "March 23, 2027" in site.read("s/massage/benefits/index.html")
    assert "March 23, 2027" in site.read("atom.xml")
    assert b"March 23, 2027" in site.messages()[0]
    site.tick("2027-03-22T08:00:01")
    site.tick("2027-03-23T08:00:01")
    with site.at("2027-03-25") as (app, clock):
        made = agenda(look(app.press, clock.now()), clock.now(), moment("2027-06-01"))
        assert [item.state for item in made.promises] == ["overdue"]
        assert [item.step.why for item in made.items] == [Why.NO_TEXT]
    site.part(2, "The Risks")
    assert [e.name for e in site.tick("2027-03-25T10:00").round.events] == ["resumed"]
    report = site.tick("2027-03-30T07:00:01")
    assert [e.name for e in report.round.events] == ["released", "promise_kept"]
    assert len(site.messages()) == 3
    assert "/s/massage/the-risks/" in site.read("s/massage/benefits/index.html").replace("../../../", "/")
    ids = [line for line in site.read("atom.xml").splitlines() if "<id>" in line]
    assert len(ids) == len(set(ids)) == 4


def test_a_promise_kept_moves_no_updated(site):
    original(site)
    site.tick("2027-03-16T08:00:01")
    with site.at("2027-03-17") as (app, _):
        first = app.press.db
        with first.read() as c:
            before = {p.entry_id: p.updated_at for p in all_publications(c)}
    site.part(2, "The Risks")
    site.tick("2027-03-23T08:00:01")
    with site.at("2027-03-24") as (app, _), app.db.read() as c:
        after = {p.entry_id: p.updated_at for p in all_publications(c)}
    assert before.items() <= after.items()
