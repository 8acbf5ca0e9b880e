"""A letter in the browser: what all its readers share, without anybody's way out or in."""

from __future__ import annotations

import re

import pytest

from docchat_mailer.model.subscriber import Address, Follow, Rhythm, Scope, Subscription
from docchat_mailer.model.tokens import Purpose
from docchat_mailer.store import preferences, subscribers
from doors import letters, links, open_door, with_door
from sites import SiteFolder

MONDAY = "2027-03-22T07:00"
ANNA = Address(local="anna", domain="example.org")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A week has gone out, to somebody who chose so; the site has a page about privacy."""
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("view") / "site"))
    named = folder.config.read_text(encoding="utf-8")
    named = named.replace("[site]\n", '[site]\nprivacy_url = "https://docchat.example/privacy/"\n')
    folder.config.write_text(named, encoding="utf-8")
    folder.series()
    folder.part(1, "Benefits", front="summary: What it does.\n")
    folder.part(2, "Risks")
    folder.tick("2027-03-01")
    folder.subscribe("anna@example.org")
    with folder.at("2027-03-02") as (app, _), app.db.write() as c:
        tie = Subscription(follow=Follow(Scope.SITE), rhythm=Rhythm.WEEK)
        preferences.put_subscriptions(c, subscribers.find_subscriber(c, ANNA).id, [tie])
    folder.tick("2027-03-16T08:00")
    folder.tick(MONDAY)
    return folder


@pytest.fixture(scope="module")
def door(site):
    with open_door(site, MONDAY) as found:
        yield found


def digest(site):
    [found] = [letter for letter in letters(site) if letter["Subject"] == "The week on DocChat"]
    return found


def test_a_digest_is_seen_in_a_browser_as_nobodys(door, site):
    found = links(digest(site))
    for method in ("GET", "HEAD"):
        got = door.ask(method, found["m"])
        assert (got.status, got.headers["cache-control"]) == (200, "no-store")
        assert got.headers["referrer-policy"] == "no-referrer"
        assert "script-src" not in got.headers["content-security-policy"]
        assert "sandbox" in got.headers["content-security-policy"]
    text = door.get(found["m"]).text
    assert "Massage Part 1 – Benefits" in text
    assert "anna" not in text.lower()
    with door.door.db.read() as c:
        assert subscribers.find_subscriber(c, ANNA).token_id not in text
    assert re.findall(r"/(?:u|prefs|m|confirm)/", text) == []
    assert "nobody" not in text
    assert "https://docchat.example/privacy/" in text


def test_its_link_is_the_same_for_all_readers_and_in_both_parts(site):
    letter = digest(site)
    plain, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    [in_plain], [in_html] = (
        set(re.findall(r"https://docchat.example/m/([\w.]+)", text)) for text in (plain, html)
    )
    assert in_plain == in_html


@pytest.mark.parametrize("edition", ["0", "9999", "x", "-1", "1e3", "²", "9" * 40])
def test_no_other_number_shows_anything(door, edition):
    if edition.isascii():
        got = door.get(f"/m/{door.door.token(Purpose.VIEW, edition)}")
        assert (got.status, "leads nowhere" in got.text) == (404, True)


def test_what_has_a_page_of_its_own_or_is_somebodys_is_not_shown(door):
    with door.door.db.read() as c:
        numbers = c.exec_driver_sql("SELECT id, audience FROM editions").all()
    shown = {
        audience: door.get(f"/m/{door.door.token(Purpose.VIEW, str(number))}").status
        for number, audience in numbers
    }
    assert {audience for audience, status in shown.items() if status == 200} == {
        audience for audience in shown if audience.startswith("releases ")
    }


def test_it_takes_nothing(door, site):
    got = door.post(links(digest(site))["m"])
    assert (got.status, got.headers["allow"]) == (405, "GET, HEAD")
