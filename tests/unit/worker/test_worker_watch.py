"""The watch: an idle worker looks at nothing, and misses nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from docchat_mailer.worker.ticking import tick
from docchat_mailer.worker.watch import LONGEST, Watch


@pytest.fixture(autouse=True)
def _two_parts(site):
    site.series()
    site.part(1, "One")
    site.part(2, "Two")


def _look(app, watch, now):
    """What the loop of the worker does at one ring; whether it had to look."""
    sight = watch.sight()
    if watch.holds(sight, now):
        return False
    watch.looked(sight, tick(app.crew).round.desk, now)
    return True


def _settled(app, clock, watch):
    while _look(app, watch, clock.now()):
        pass


def test_nothing_is_looked_at_while_nothing_changes(site):
    with site.at("2027-03-16T08:00:01") as (app, clock):
        watch = Watch(app.crew)
        assert [_look(app, watch, clock.now()) for _ in range(4)] == [True, True, False, False]


def test_an_edited_post_is_seen(site):
    with site.at("2027-03-16T08:00:01") as (app, clock):
        watch = Watch(app.crew)
        _settled(app, clock, watch)
        site.part(1, "One", body="Other and longer words.")
        assert _look(app, watch, clock.now())
    assert "Other and longer words." in site.read("s/massage/one/index.html")


def test_what_another_process_wrote_is_seen(site):
    with site.at("2027-03-16T08:00:01") as (app, clock):
        watch = Watch(app.crew)
        _settled(app, clock, watch)
        site.subscribe("ann@example.org")
        assert _look(app, watch, clock.now())


def test_the_next_slot_ends_the_rest(site):
    with site.at("2027-03-16T08:00:01") as (app, clock):
        watch = Watch(app.crew)
        _settled(app, clock, watch)
        clock.set(clock.now() + timedelta(minutes=1))
        assert not _look(app, watch, clock.now())
    with site.at("2027-03-22T07:59:00") as (app, clock):
        watch = Watch(app.crew)
        _settled(app, clock, watch)
        clock.set(clock.now() + timedelta(minutes=1))
        assert _look(app, watch, clock.now())


def test_a_clock_set_back_and_a_long_rest_end_in_a_look(site):
    with site.at("2027-03-16T08:00:01") as (app, clock):
        watch = Watch(app.crew)
        _settled(app, clock, watch)
        assert not watch.holds(watch.sight(), clock.now() - timedelta(seconds=1))
        assert not watch.holds(watch.sight(), clock.now() + LONGEST)
