"""A grace before mail: pages and feeds come out on their slot, the letters when the grace is over."""

from datetime import timedelta

import pytest

from docchat_mailer.worker.ticking import tick
from docchat_mailer.worker.watch import Watch, next_instant
from sites import CONFIG, call_cli, timeline

SLOT, END = "2027-03-16T08:00:00", "2027-03-16T08:10:00"


@pytest.fixture
def patient(site):
    """A site with one part, two readers and ten minutes of grace."""
    site.config.write_text(CONFIG.replace("[mail]\n", '[mail]\ngrace = "10 min"\n'), encoding="utf-8")
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org", "ben@example.org")
    return site


def test_the_page_is_out_and_the_letters_wait_to_the_second(patient):
    assert patient.tick(SLOT).fanned_out == ()
    assert "Some words." in patient.read("s/massage/benefits/index.html")
    assert patient.tick("2027-03-16T08:09:59").fanned_out == ()
    assert patient.messages() == []
    [fanned] = patient.tick(END).fanned_out
    assert fanned.candidates == 2
    assert len(patient.messages()) == 2


def test_without_a_grace_nothing_waits(site):
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org")
    site.tick(SLOT)
    assert len(site.messages()) == 1


def test_who_subscribes_within_the_grace_gets_it_and_who_comes_later_does_not(patient):
    patient.tick(SLOT)
    patient.subscribe("carl@example.org", instant="2027-03-16T08:05:00")
    patient.tick(END)
    patient.subscribe("dora@example.org", instant="2027-03-16T08:11:00")
    patient.tick("2027-03-16T08:12:00")
    assert len(patient.messages()) == 3


def test_the_end_of_a_grace_ends_the_rest_of_the_worker(patient):
    with patient.at(SLOT) as (app, clock):
        watch = Watch(app.crew)
        for _ in range(3):
            sight = watch.sight()
            if not watch.holds(sight, clock.now()):
                watch.looked(sight, tick(app.crew).round.desk, clock.now())
        desk = tick(app.crew).round.desk
        assert next_instant(app.crew, desk, clock.now()) == clock.now() + timedelta(minutes=10)
        clock.set(clock.now() + timedelta(minutes=4))
        assert watch.holds(watch.sight(), clock.now())
        watch.looked(watch.sight(), desk, clock.now() + timedelta(minutes=4))
        clock.set(clock.now() + timedelta(minutes=5, seconds=59))
        assert watch.holds(watch.sight(), clock.now())
        clock.set(clock.now() + timedelta(seconds=1))
        assert not watch.holds(watch.sight(), clock.now())
        assert len(tick(app.crew).fanned_out) == 1


def simulated(site, until):
    readers = site.root / "readers.csv"
    readers.write_text("email,name,follows\nanna@example.org,Anna,*\n", encoding="utf-8")
    arguments = ("--from", "2027-03-15", "--until", until, "--subscribers", readers)
    call_cli("simulate", *arguments, "--out", site.root / "out", "--config", site.config, cwd=site.root)
    return timeline(site.root / "out"), sorted((site.root / "out/outbox").glob("*.eml"))


def test_a_simulation_waits_too_and_still_knows_how_many_were_mailed(patient):
    patient.part(2, "Risks")
    told, letters = simulated(patient, "2027-04-01")
    assert [(one["event"], one["at"], one["recipients"]) for one in told] == [
        ("released", "2027-03-16T08:00:00Z", 1),
        ("announced", "2027-03-22T08:00:00Z", 1),
        ("released", "2027-03-23T08:00:00Z", 1),
    ]
    assert b"Date: Tue, 16 Mar 2027 08:10:00 +0000" in letters[0].read_bytes()


def test_a_simulation_that_ends_within_a_grace_has_mailed_nobody(patient):
    told, letters = simulated(patient, "2027-03-16T09:05:00+01:00")
    assert [(one["event"], one["recipients"]) for one in told] == [("released", 0)]
    assert letters == []
