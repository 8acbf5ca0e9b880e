"""Digests: a week or a month in one letter, to those who chose so, of what they have not had otherwise."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.model.subscriber import (
    Address,
    Follow,
    Rhythm,
    Scope,
    Subscription,
    SubscriptionState,
)
from docchat_mailer.rules.digests import last_period, next_end
from docchat_mailer.store import preferences, subscribers
from doors import letters, with_door
from sites import SiteFolder, moment

BERLIN = ZoneInfo("Europe/Berlin")
SITE = Follow(Scope.SITE)


@pytest.fixture
def site(tmp_path):
    folder = with_door(SiteFolder(tmp_path / "site"))
    folder.series()
    folder.part(1, "Benefits", front="summary: What it does for you.\n")
    folder.post("sleep", "Sleep well", "2027-03-18")
    folder.tick("2027-03-01")
    folder.subscribe("each@example.org", "week@example.org", "other@example.org", "month@example.org")
    return folder


def choose(site, who: str, *ties: Subscription, text_only: bool = False) -> None:
    with site.at("2027-03-02") as (app, clock), app.db.write() as c:
        person = subscribers.find_subscriber(c, Address(local=who, domain="example.org"))
        preferences.put_subscriptions(c, person.id, ties)
        if text_only:
            from dataclasses import replace  # noqa: PLC0415

            preferences.put_person(c, replace(person, text_only=True), clock.now())


def live_through(site, *instants: str) -> list[tuple[str, str]]:
    for instant in instants:
        site.tick(instant)
    with site.at(instants[-1]) as (app, _):
        assert all(account.balanced for account in accounts(app.db))
    return [(letter["To"], letter["Subject"]) for letter in letters(site)]


def test_a_week_comes_on_monday_and_a_month_on_its_first_day(site):
    choose(site, "week", Subscription(follow=SITE, rhythm=Rhythm.WEEK))
    choose(site, "month", Subscription(follow=SITE, rhythm=Rhythm.MONTH))
    off = Subscription(follow=Follow(Scope.SERIES, "massage"), state=SubscriptionState.OFF)
    choose(site, "other", Subscription(follow=SITE, rhythm=Rhythm.WEEK), off)
    days = (
        "2027-03-16T08:00",
        "2027-03-18T08:00",
        "2027-03-22T06:59",
        "2027-03-22T07:00",
        "2027-03-22T09:00",
    )
    sent = live_through(site, *days)
    weekly = sorted(to for to, subject in sent if subject == "The week on DocChat")
    assert weekly == ["other@example.org", "week@example.org"]
    assert [to for to, _ in sent if to == "each@example.org"] == ["each@example.org"] * 2
    by_reader = {
        letter["To"]: letter for letter in letters(site) if letter["Subject"] == "The week on DocChat"
    }
    week = by_reader["week@example.org"].get_body(("plain",)).get_content()
    assert "Massage Part 1 – Benefits" in week
    assert "What it does for you." in week
    assert "Sleep well" in week
    other = by_reader["other@example.org"].get_body(("plain",)).get_content()
    assert "Massage Part 1" not in other
    assert "Sleep well" in other
    later = live_through(site, "2027-04-01T05:59", "2027-04-01T06:00", "2027-04-01T07:00")
    assert [to for to, subject in later if subject == "The month on DocChat"] == ["month@example.org"]
    assert len([to for to, subject in later if subject == "The week on DocChat"]) == 2


def test_what_came_by_itself_is_left_out_of_the_digest(site):
    live_through(site, "2027-03-16T08:00")
    choose(site, "week", Subscription(follow=SITE, rhythm=Rhythm.WEEK))
    live_through(site, "2027-03-18T08:00", "2027-03-22T07:00")
    [digest] = [letter for letter in letters(site) if letter["Subject"] == "The week on DocChat"]
    text = digest.get_body(("plain",)).get_content()
    assert "Massage Part 1" not in text
    assert "Sleep well" in text


def test_a_digest_is_made_once_and_one_that_is_days_late_is_left_out(site):
    choose(site, "week", Subscription(follow=SITE, rhythm=Rhythm.WEEK))
    live_through(site, "2027-03-16T08:00", "2027-03-18T08:00")
    late = live_through(site, "2027-03-25T07:01")
    assert [subject for _, subject in late if subject == "The week on DocChat"] == []


def test_a_paused_reader_gets_no_digest(site):
    paused = Subscription(follow=SITE, rhythm=Rhythm.WEEK, state=SubscriptionState.PAUSED)
    choose(site, "week", paused)
    sent = live_through(site, "2027-03-16T08:00", "2027-03-22T07:00")
    assert [to for to, _ in sent if to == "week@example.org"] == []


def test_who_wants_text_alone_gets_no_html(site):
    choose(site, "each", text_only=True)
    live_through(site, "2027-03-16T08:00")
    [plain] = [letter for letter in letters(site) if letter["To"] == "each@example.org"]
    assert plain.get_content_type() == "text/plain"
    assert plain.defects == []
    assert "/prefs/" in plain.get_content()
    [whole] = [letter for letter in letters(site) if letter["To"] == "week@example.org"]
    assert whole.get_body(("plain",)).get_content().splitlines()[:5] == plain.get_content().splitlines()[:5]


@pytest.mark.parametrize(
    ("rhythm", "now", "number", "start", "end"),
    [
        (Rhythm.WEEK, "2027-03-22T07:00", 202711, "2027-03-15T07:00", "2027-03-22T07:00"),
        (Rhythm.WEEK, "2027-03-22T06:59", 202710, "2027-03-08T07:00", "2027-03-15T07:00"),
        (Rhythm.WEEK, "2027-03-29T06:00", 202712, "2027-03-22T07:00", "2027-03-29T06:00"),
        (Rhythm.WEEK, "2027-01-04T07:00", 202653, "2026-12-28T07:00", "2027-01-04T07:00"),
        (Rhythm.MONTH, "2027-03-01T07:00", 202702, "2027-02-01T07:00", "2027-03-01T07:00"),
        (Rhythm.MONTH, "2027-01-01T06:59", 202611, "2026-11-01T07:00", "2026-12-01T07:00"),
    ],
)
def test_periods_end_at_the_same_wall_time_through_clock_changes_and_years(rhythm, now, number, start, end):
    period = last_period(rhythm, moment(now), BERLIN)
    assert (period.number, period.start, period.end) == (number, moment(start), moment(end))
    following = next_end(rhythm, moment(now), BERLIN)
    assert last_period(rhythm, following, BERLIN).start == period.end
    assert following > moment(now)


def test_nobody_waits_for_a_rhythm_that_has_no_periods():
    with pytest.raises(ValueError, match="no periods"):
        last_period(Rhythm.EACH, moment("2027-03-22"), BERLIN)
