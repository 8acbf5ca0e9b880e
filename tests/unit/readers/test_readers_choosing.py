"""What people choose between a letter's being promised and its being sent, and how often anybody is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from docchat_mailer.delivery.fan_out import fan_out_due
from docchat_mailer.model.subscriber import (
    Address,
    Follow,
    Rhythm,
    Scope,
    SubscriberState,
    Subscription,
    SubscriptionState,
)
from docchat_mailer.publishing.digesting import make_digests
from docchat_mailer.publishing.round import publish_due
from docchat_mailer.readers.confirming import Confirmed, confirm, look
from docchat_mailer.readers.erasing import erase
from docchat_mailer.readers.leaving import leave, leave_one
from docchat_mailer.readers.preferring import Choice, change_address, person_of, prefer
from docchat_mailer.readers.removing import remove
from docchat_mailer.readers.signing_up import Caps, SignUp, sign_up
from docchat_mailer.store import subscribers
from doors import letters, with_door
from sites import SiteFolder, moment

SITE = Follow(Scope.SITE)
MASSAGE = Follow(Scope.SERIES, "massage")
ANNA = Address(local="anna", domain="example.org")
BOB = Address(local="bob", domain="example.org")
TUESDAY, MONDAY = "2027-03-16T08:00", "2027-03-22T07:00"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("choosing") / "site"))
    folder.series()
    folder.part(1, "Benefits")
    folder.tick("2027-03-01")
    folder.subscribe("anna@example.org", "bob@example.org")
    return folder


@pytest.fixture
def site(made, tmp_path):
    return made.copied_to(tmp_path / "site")


def person(app, address=ANNA):
    with app.db.read() as c:
        return subscribers.find_subscriber(c, address)


def chosen(app, clock, *ties: Subscription, **more: object) -> None:
    plain = Choice(name="", text_only=False, announcements=True, paused_until=None, ties=ties)
    prefer(app.db, person(app).token_id, replace(plain, **more), now=clock.now(), source="/prefs")


def wait_for(site, instant: str) -> None:
    """Have what is due promised to everybody, and sent to nobody yet."""
    with site.at(instant) as (app, clock):
        make_digests(publish_due(app.press, clock.now()).desk, clock.now())
        fan_out_due(app.db, clock.now())


def sent_to(site, address: Address) -> list[str]:
    return [letter["Subject"] for letter in letters(site) if str(address) in letter["To"]]


@pytest.mark.parametrize("rhythm", [Rhythm.WEEK, Rhythm.MONTH])
def test_who_chooses_a_digest_still_gets_the_letter_that_is_on_its_way(site, rhythm):
    wait_for(site, TUESDAY)
    with site.at(TUESDAY) as (app, clock):
        chosen(app, clock, Subscription(follow=SITE, rhythm=rhythm))
    site.tick(TUESDAY)
    assert sent_to(site, ANNA) == ["Massage Part 1 – Benefits"]
    site.tick(MONDAY)
    site.tick("2027-04-01T07:00")
    assert sent_to(site, ANNA) == ["Massage Part 1 – Benefits"], "and no digest tells of it again"


@pytest.mark.parametrize(
    ("changed", "comes"),
    [
        ({"name": "Anna"}, True),
        ({"text_only": True}, True),
        ({"ties": (Subscription(follow=SITE, state=SubscriptionState.OFF),)}, False),
        ({"ties": (Subscription(follow=SITE, state=SubscriptionState.PAUSED),)}, False),
        ({"paused_until": "2027-06-01"}, False),
    ],
)
def test_a_digest_that_waits_comes_unless_nothing_is_wanted_any_more(site, changed, comes):
    with site.at("2027-03-02") as (app, clock):
        chosen(app, clock, Subscription(follow=SITE, rhythm=Rhythm.WEEK))
    site.tick(TUESDAY)
    wait_for(site, MONDAY)
    with site.at(MONDAY) as (app, clock):
        if "paused_until" in changed:
            changed = {"paused_until": moment(changed["paused_until"])}
        chosen(app, clock, **{"ties": (), **changed})
    site.tick(MONDAY)
    assert ("The week on DocChat" in sent_to(site, ANNA)) is comes


def test_a_series_that_is_left_is_not_sent_though_it_waits(site):
    wait_for(site, TUESDAY)
    with site.at(TUESDAY) as (app, clock):
        name = person(app).token_id
        assert leave_one(app.db, name, MASSAGE, now=clock.now(), source="/u")
        assert not leave_one(app.db, "nobody", MASSAGE, now=clock.now(), source="/u")
    site.tick(TUESDAY)
    assert (sent_to(site, ANNA), sent_to(site, BOB)) == ([], ["Massage Part 1 – Benefits"])


def asked(app, clock, address: Address, number: int, **more: object) -> bool:
    """A sign-up; whether it brings a letter."""
    given = SignUp(address=address, follows=(SITE,), network="10.0.0.0/24", source="/subscribe", wording="w")
    names = iter([f"p{number}", f"r{number}"])
    return sign_up(
        app.db, replace(given, **more), key=app.key, now=clock.now(), random_name=lambda: next(names)
    )


def test_fault_F2_who_comes_while_a_part_goes_out_gets_the_next_one_and_nothing_twice(site):
    site.part(2, "Risks")
    carl = Address(local="carl", domain="example.org")
    wait_for(site, TUESDAY)
    with site.at(TUESDAY) as (app, clock):
        assert asked(app, clock, carl, 1)
        for _ in range(3):
            confirm(app.db, "r1", key=app.key, now=clock.now(), source="/confirm")
    site.tick(TUESDAY)
    site.tick("2027-03-23T08:00")
    assert [subject for subject in sent_to(site, carl) if "Massage Part" in subject] == [
        "Massage Part 2 – Risks"
    ]
    assert sent_to(site, carl).count("Welcome to DocChat") == 1


def test_threat_T21_a_new_address_is_asked_as_often_as_one_that_signs_up(site):
    victim = Address(local="victim", domain="example.org")

    def change(app, clock, who: Address, name: str) -> None:
        change_address(
            app.db,
            person(app, who).token_id,
            victim,
            key=app.key,
            now=clock.now(),
            source="/prefs",
            random_name=lambda: name,
        )

    with site.at(TUESDAY) as (app, clock):
        for number in range(5):
            change(app, clock, ANNA, f"a{number}")
            change(app, clock, BOB, f"b{number}")
        assert not asked(app, clock, victim, 1)
    site.tick(TUESDAY)
    assert len(sent_to(site, victim)) == 1
    with site.at("2027-03-17T08:00") as (app, clock):
        for number in range(5, 9):
            elsewhere = Address(local=f"n{number}", domain="example.org")
            change_address(
                app.db,
                person(app).token_id,
                elsewhere,
                key=app.key,
                now=clock.now(),
                source="/prefs",
                random_name=lambda number=number: f"c{number}",
            )
    site.tick("2027-03-17T08:00")
    assert len([letter for letter in letters(site) if letter["To"].startswith("n")]) == 3


def test_threat_T21_signs_for_a_pattern_are_letters_like_others(site):
    with site.at(TUESDAY) as (app, clock):
        assert asked(app, clock, Address(local="an%", domain="example.org"), 1)
        assert asked(app, clock, Address(local="a__a", domain="example.org"), 2)
        assert person(app).state is SubscriberState.ACTIVE


def test_a_cap_of_the_whole_site_holds(site):
    with site.at(TUESDAY) as (app, clock):
        names = (iter([f"p{n}", f"r{n}"]) for n in range(5))
        found = []
        for number, two in enumerate(names):
            given = SignUp(
                address=Address(local=f"x{number}", domain="example.org"),
                follows=(),
                network=f"10.{number}.0.0/24",
                source="/subscribe",
                wording="w",
            )
            caps = Caps(site_day=3)
            found.append(
                sign_up(
                    app.db,
                    given,
                    key=app.key,
                    now=clock.now(),
                    random_name=lambda two=two: next(two),
                    caps=caps,
                )
            )
    assert found == [True, True, True, False, False]


def test_a_link_can_be_used_a_week_and_a_day_of_a_wrong_clock_and_once(site):
    with site.at(TUESDAY) as (app, clock):
        assert asked(app, clock, Address(local="carl", domain="example.org"), 1)
        start = clock.now()
        assert look(app.db, "r1", start - timedelta(hours=30)).standing is Confirmed.OPEN
        assert look(app.db, "r1", start + timedelta(days=8)).standing is Confirmed.OPEN
        assert look(app.db, "r1", start + timedelta(days=8, seconds=1)).standing is Confirmed.LATE
        assert confirm(app.db, "r1", key=app.key, now=start, source="").standing is Confirmed.DONE
        assert confirm(app.db, "r1", key=app.key, now=start, source="").standing is Confirmed.USED
        assert confirm(app.db, "r2", key=app.key, now=start, source="").standing is Confirmed.UNKNOWN


def test_fault_F7_who_was_taken_off_since_is_not_brought_back_by_an_older_link(site):
    with site.at(TUESDAY) as (app, clock):
        assert asked(app, clock, ANNA, 1)
        assert remove(app.db, ANNA, now=clock.now() + timedelta(minutes=1))
        got = confirm(app.db, "r1", key=app.key, now=clock.now() + timedelta(minutes=2), source="")
        assert got.standing is Confirmed.USED
        assert person(app).state is SubscriberState.LEFT


def test_fault_F11_leaving_twice_is_leaving_once(site):
    with site.at(TUESDAY) as (app, clock):
        name = person(app).token_id
        assert [leave(app.db, name, now=clock.now(), source="/u") for _ in range(3)] == [True] * 3
        assert not leave(app.db, "nobody", now=clock.now(), source="/u")
        assert person_of(app.db, name).state is SubscriberState.LEFT
    site.tick(TUESDAY)
    assert sent_to(site, ANNA) == ["You have left: DocChat"]


def test_a_site_may_let_people_go_without_a_last_letter(site):
    with site.at(TUESDAY) as (app, clock):
        leave(app.db, person(app).token_id, now=clock.now(), source="/u", goodbye=False)
    site.tick(TUESDAY)
    assert sent_to(site, ANNA) == []


def test_fault_F15_who_is_erased_gets_nothing_that_waits(site):
    wait_for(site, TUESDAY)
    with site.at(TUESDAY) as (app, clock):
        assert erase(app.db, person(app).token_id, now=clock.now(), source="/prefs")
        assert not erase(app.db, "nobody", now=clock.now(), source="/prefs")
    site.tick(TUESDAY)
    assert {letter["To"] for letter in letters(site)} == {str(BOB)}
