"""People over HTTP: they sign up, confirm, choose and leave; links change nothing, buttons do, once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from docchat_mailer.delivery.addressing import edition_key
from docchat_mailer.letter.identifiers import message_id
from docchat_mailer.model.subscriber import Address, SubscriberState
from docchat_mailer.model.tokens import LinkKeys, Purpose
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.readers.signing_up import SignUp, sign_up
from docchat_mailer.store import consents, editions, publications, subscribers, suppressions
from docchat_mailer.web.clients import Buckets
from docchat_mailer.web.door import Door
from doors import FORM, letters, links, open_door, served, with_door
from sites import SiteFolder, call_cli

NOW = "2027-03-16T10:00"
ANNA = Address(local="Anna", domain="example.org")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A site as it is before anybody comes; each test has a copy."""
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("readers") / "site"))
    folder.series()
    folder.part(1, "Benefits")
    folder.part(2, "Risks")
    folder.tick("2027-03-01")
    folder.tick(NOW)
    return folder


@pytest.fixture
def site(made, tmp_path):
    return made.copied_to(tmp_path / "site")


@pytest.fixture
def door(site):
    with open_door(site, NOW) as found:
        yield found


def person(door: Door, address: Address = ANNA):
    with door.db.read() as c:
        return subscribers.find_subscriber(c, address)


def signed_up(door, site, **more: str) -> dict[str, str]:
    """The links of the confirmation letter that a sign-up brings."""
    before = len(site.messages())
    assert door.post("/subscribe", email="Anna@example.org", **more).status == 200
    site.tick(NOW)
    assert len(site.messages()) == before + 1
    return links(letters(site)[-1])


def confirmed(door, site, **more: str) -> dict[str, str]:
    """The links of the welcome."""
    found = signed_up(door, site, **more)
    assert door.post(found["confirm"], yes="1").status == 200
    site.tick(NOW)
    return links(letters(site)[-1])


# -- the way in and out ------------------------------------------------------------------------------------


def test_somebody_signs_up_confirms_gets_the_next_part_and_leaves(door, site):
    found = signed_up(door, site)
    assert person(door.door).state is SubscriberState.PENDING
    asking = letters(site)[-1]
    assert (asking["To"], asking["List-Unsubscribe"]) == ("Anna@example.org", None)
    page = door.get(found["confirm"])
    assert (page.status, '<button type="submit">' in page.text) == (200, True)
    assert person(door.door).state is SubscriberState.PENDING
    assert door.post(found["confirm"], yes="1").status == 200
    assert person(door.door).state is SubscriberState.ACTIVE
    site.tick(NOW)
    welcome = letters(site)[-1]
    assert welcome["Subject"] == "Welcome to DocChat"
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    site.tick("2027-03-23T09:00")
    assert letters(site)[-1]["Subject"].startswith("Massage Part 2")
    out = links(letters(site)[-1])["u"]
    assert door.get(out).status == 200
    assert person(door.door).state is SubscriberState.ACTIVE
    assert door.post(out, **{"List-Unsubscribe": "One-Click"}).status == 200
    assert person(door.door).state is SubscriberState.LEFT
    with door.door.db.read() as c:
        events = [line.event for line in consents.of_subscriber(c, person(door.door).id)]
    assert events == ["asked", "confirmed", "left"]


def test_a_series_is_welcomed_by_its_own_letter_with_its_first_part_and_the_dates(door, site):
    confirmed(door, site, follows="massage")
    text = letters(site)[-1].get_body(("plain",)).get_content()
    assert letters(site)[-1]["Subject"] == "Welcome to “Massage” on DocChat"
    assert "https://docchat.example/s/massage/benefits/" in text
    assert "Risks (March 23, 2027)" in text
    assert [str(follow) for follow in person(door.door).follows] == ["massage"]


def test_threat_T22_a_hundred_looks_at_every_link_change_nothing(door, site):
    found = signed_up(door, site)
    found |= confirmed_links(door)
    seen = state(door.door)
    for _ in range(100):
        for path in (*found.values(), "/subscribe", "/", "/feed.xml", "/healthz", "/readyz"):
            for method in ("GET", "HEAD"):
                assert door.ask(method, path).status == 200
    assert state(door.door) == seen


def confirmed_links(door) -> dict[str, str]:
    """The links that a letter to Anna would have."""
    name = person(door.door).token_id
    return {
        "u": f"/u/{door.door.token(Purpose.UNSUBSCRIBE, name)}",
        "prefs": f"/prefs/{door.door.token(Purpose.PREFERENCES, name)}",
    }


def state(door: Door) -> list[tuple]:
    """Every row of the tables that a reader can change."""
    rows = []
    with door.db.read() as c:
        for table in (
            "subscribers",
            "subscriptions",
            "requests",
            "consents",
            "deliveries",
            "quotas",
            "suppressions",
        ):
            rows += [(table, *row) for row in c.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
    return rows


def test_fault_F7_a_used_link_shows_so_and_brings_nobody_back(door, site):
    found = signed_up(door, site)
    door.post(found["confirm"], yes="1")
    again = door.post(found["confirm"], yes="1")
    assert (again.status, "done already" in again.text) == (200, True)
    door.post(confirmed_links(door)["u"])
    assert door.post(found["confirm"], yes="1").status == 200
    assert person(door.door).state is SubscriberState.LEFT


def test_leaving_ends_what_was_asked_for_before(door, site):
    found = signed_up(door, site)
    door.post(confirmed_links(door)["u"])
    assert "done already" in door.post(found["confirm"], yes="1").text
    assert person(door.door).state is SubscriberState.LEFT


def test_who_left_comes_back_by_signing_up_again(door, site):
    confirmed(door, site)
    door.post(confirmed_links(door)["u"])
    with open_door(site, "2027-03-20T10:00") as later:
        later.post("/subscribe", email="anna@example.org")
        site.tick("2027-03-20T10:00")
        [newest, *_] = [
            found["confirm"] for found in map(links, reversed(letters(site))) if "confirm" in found
        ]
        assert later.post(newest, yes="1").status == 200
        assert person(later.door).state is SubscriberState.ACTIVE


def test_fault_C11_a_link_is_good_for_a_week_and_a_day_of_a_wrong_clock(door, site):
    found = signed_up(door, site)
    with open_door(site, "2027-03-24T09:59") as late:
        assert late.get(found["confirm"]).status == 200
    with open_door(site, "2027-03-24T10:01") as too_late:
        assert too_late.get(found["confirm"]).status == 410
        assert too_late.post(found["confirm"], yes="1").status == 410
        assert person(too_late.door).state is SubscriberState.PENDING


# -- tokens ------------------------------------------------------------------------------------------------

PATHS = {"confirm": 404, "u": 404, "prefs": 404}


def bad(token: str) -> list[str]:
    """Tokens that are none of ours: flipped, cut, lengthened, of another person, empty."""
    flipped = [token[:at] + ("0" if token[at] != "0" else "1") + token[at + 1 :] for at in range(len(token))]
    return [
        *flipped,
        token[:-1],
        token + "0",
        token.upper(),
        "v1",
        "%00",
        "x" * 3000,
        token.replace(".", "/"),
    ]


@pytest.mark.parametrize("word", ["confirm", "u", "prefs"])
def test_fault_F8_a_token_that_is_none_changes_nothing_and_says_nothing(door, site, word):
    path = (signed_up(door, site) | confirmed_links(door))[word]
    seen, token = state(door.door), path.rpartition("/")[2]
    answers = set()
    for one in bad(token):
        for got in (door.get(f"/{word}/{one}"), door.post(f"/{word}/{one}", do="erase", yes="1")):
            assert got.status in {404, 405, 301}, one
            if got.status == 404 and "/" not in one and one != "%00":
                answers.add(got.body)
    assert len(answers) == 1
    assert state(door.door) == seen


def test_threat_T9_no_token_does_the_work_of_another_purpose(door, site):
    found = signed_up(door, site) | confirmed_links(door)
    seen = state(door.door)
    for word in found:
        for other, path in found.items():
            if other != word:
                wrong = f"/{word}/{path.rpartition('/')[2]}"
                assert (door.get(wrong).status, door.post(wrong, yes="1").status) == (404, 404)
    assert state(door.door) == seen


def test_threat_T23_a_link_of_an_older_key_still_leads_out_and_nowhere_else(site):
    with open_door(site, NOW) as door:
        old = confirmed(door, site) | signed_up_again(door, site)
    call_cli("keys", "rotate", "--links", cwd=site.root)
    with open_door(site, NOW) as rotated:
        assert len(rotated.door.links.keys) == 2
        assert rotated.get(confirmed_links(rotated)["u"]).status == 200
        assert rotated.get(confirmed_links(rotated)["prefs"]).status == 200
        for word in ("prefs", "confirm"):
            assert (rotated.get(old[word]).status, rotated.post(old[word], do="erase").status) == (404, 404)
        assert rotated.get(old["u"]).status == 200
        assert person(rotated.door).state is SubscriberState.ACTIVE
        assert rotated.post(old["u"]).status == 200
        assert person(rotated.door).state is SubscriberState.LEFT
        lost = replace(rotated.door, links=LinkKeys((b"n" * 32,)))
        with served(lost) as without:
            assert without.get(old["u"]).status == 404


def signed_up_again(door, site) -> dict[str, str]:
    """The link of a letter to somebody else."""
    assert door.post("/subscribe", email="bob@example.org").status == 200
    site.tick(NOW)
    return links(letters(site)[-1])


def test_letters_have_links_of_the_newest_key_and_ids_of_the_first(site):
    with open_door(site, NOW) as door:
        confirmed(door, site)
        before = letters(site)[-1]
    call_cli("keys", "rotate", "--links", cwd=site.root)
    with open_door(site, NOW) as door:
        site.tick("2027-03-23T09:00")
        letter = letters(site)[-1]
        assert door.get(links(letter)["prefs"]).status == 200
        assert links(letter)["u"] != links(before)["u"]
        first, own = door.door.links.keys[0], person(door.door).token_id
        with site.at(NOW) as (app, _), app.db.read() as c:
            edition = [one for one in editions.editions(c) if one.audience == "followers"][-1]
            publication = publications.get_publication(c, edition.publication)
        named = message_id(first, edition_key(publication, "followers"), own, 0, "docchat.example")
        assert letter["Message-ID"] == named


# -- one click ---------------------------------------------------------------------------------------------

BOUNDARY = 'multipart/form-data; boundary="b"'
PARTS = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("List-Unsubscribe=One-Click", FORM),
        (PARTS, {"Content-Type": BOUNDARY}),
        (
            "List-Unsubscribe=One-Click",
            {**FORM, "Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
        ),
        ("", {}),
    ],
)
def test_one_click_needs_no_cookie_no_page_and_no_redirect(door, site, body, headers):
    confirmed(door, site)
    path = confirmed_links(door)["u"]
    for _ in range(2):
        got = door.ask("POST", path, body, headers)
        assert (got.status, "location" in got.headers, "set-cookie" in got.headers) == (200, False, False)
    assert person(door.door).state is SubscriberState.LEFT
    with door.door.db.read() as c:
        events = [line.event for line in consents.of_subscriber(c, person(door.door).id)]
    assert events.count("left") == 1


def test_fault_F1_who_leaves_gets_nothing_that_waits(door, site):
    confirmed(door, site)
    path = confirmed_links(door)["u"]
    door.post(path)
    count = len(site.messages())
    site.tick("2027-03-23T09:00")
    assert [letter["Subject"] for letter in letters(site)[count:]] == ["You have left: DocChat"]


def test_the_page_to_leave_gives_no_power_but_to_leave(door, site):
    confirmed(door, site)
    text = door.get(confirmed_links(door)["u"]).text
    assert "/prefs/" not in text
    assert "/confirm/" not in text


def test_one_series_can_be_left_and_the_rest_goes_on(door, site):
    site.series("sleep", title="Sleep", start="2027-03-16T10:30:00")
    site.part(1, "Rest", series="sleep")
    confirmed(door, site)
    path = confirmed_links(door)["u"]
    page = door.get(path)
    assert re.findall(r'name="only" value="([^"]+)"', page.text) == ["massage", "sleep"], page.text
    for _ in range(2):
        assert door.post(path, only="massage").status == 200
    kept = person(door.door)
    assert (kept.state, {str(tie.follow): str(tie.state) for tie in kept.subscriptions}) == (
        SubscriberState.ACTIVE,
        {"*": "on", "massage": "off"},
    )
    assert 'name="only"' not in door.get(path).text, "a single thing is left by leaving"
    site.tick("2027-03-23T09:00")
    assert [letter["Subject"] for letter in letters(site) if "Part 2" in letter["Subject"]] == []


@pytest.mark.parametrize("only", ["*", "", "tag:", "massage sleep", "%%%"])
def test_what_names_no_single_thing_leaves_altogether(door, site, only):
    confirmed(door, site)
    assert door.post(confirmed_links(door)["u"], only=only).status == 200
    assert person(door.door).state is SubscriberState.LEFT


def test_a_link_to_leave_is_as_good_after_erasure(door, site):
    confirmed(door, site)
    found = confirmed_links(door)
    door.post(found["prefs"], do="erase")
    assert (door.get(found["u"]).status, door.post(found["u"]).status) == (200, 200)


# -- who asks learns nothing -------------------------------------------------------------------------------


def test_threat_T24_every_address_gets_the_same_answer_in_as_many_statements(door, site):
    from sqlalchemy import event  # noqa: PLC0415

    confirmed(door, site)
    with door.door.db.write() as c:
        barred = Address(local="barred", domain="example.org")
        suppressions.suppress(
            c, address_hash(door.door.key, barred), "hard", datetime.fromisoformat(f"{NOW}+00:00")
        )
    statements: list[str] = []
    event.listen(door.door.db._writer, "before_cursor_execute", lambda *given: statements.append(given[2]))
    answers, counts = set(), set()
    for address in (
        "new@example.org",
        "Anna@example.org",
        "barred@example.org",
        "no address",
        "new@example.org",
        "",
    ):
        statements.clear()
        got = door.post("/subscribe", email=address)
        headers = tuple(sorted((k, v) for k, v in got.headers.items() if k != "date"))
        answers.add((got.status, headers, got.body))
        counts.add(
            len([said for said in statements if not said.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))])
        )
    assert len(answers) == 1
    assert len(counts) == 1, counts


@pytest.mark.parametrize("many", [200, pytest.param(10_000, marks=pytest.mark.long)])
def test_threat_T21_any_number_of_sign_ups_for_one_victim_send_one_letter(door, site, many):
    victim = Address(local="victim", domain="example.org")
    now = door.door.clock.now()
    sent = 0
    for number in range(many):
        asked = SignUp(
            address=victim, follows=(), network=f"10.{number % 200}.0.0/24", source="/subscribe", wording="x"
        )
        names = iter([f"a{number}", f"b{number}"])
        sent += sign_up(
            door.door.db, asked, key=door.door.key, now=now, random_name=lambda names=names: next(names)
        )
    assert sent == 1
    site.tick(NOW)
    assert [letter["To"] for letter in letters(site)] == ["victim@example.org"]


def test_an_address_gets_three_in_a_month_and_a_network_so_many_in_a_day(door):
    now = door.door.clock.now()

    def ask(name: str, day: int, network: str = "10.0.0.0/24") -> bool:
        given = Address(local=name, domain="example.org")
        asked = SignUp(address=given, follows=(), network=network, source="/subscribe", wording="x")
        names = iter([f"{name}{day}a{network}", f"{name}{day}b{network}"])
        at = now + timedelta(days=day)
        return sign_up(door.door.db, asked, key=door.door.key, now=at, random_name=lambda: next(names))

    assert [ask("often", day) for day in range(5)] == [True, True, True, False, False]
    found = [ask(f"one{number}", 0, "10.9.0.0/24") for number in range(60)]
    assert found.count(True) == 50
    assert ask("other", 0, "10.8.0.0/24")


def test_forms_that_come_too_often_from_one_network_are_put_off(site):
    with open_door(site, NOW) as door:
        seconds = [0.0]
        patient = replace(door.door, forms=Buckets(tries=10, seconds=6, clock=lambda: seconds[0]))
        with served(patient) as limited:
            found = [
                limited.post("/subscribe", email=f"a{number}@example.org").status for number in range(12)
            ]
            seconds[0] = 6.0
            later = limited.post("/subscribe", email="a12@example.org").status
    assert (found, later) == ([200] * 10 + [429] * 2, 200)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("word", ["subscribe", "confirm", "prefs"])
def test_threat_T8_a_form_of_another_site_is_refused(door, site, word, headers):
    found = {"subscribe": "/subscribe"} | signed_up(door, site) | confirmed_links(door)
    seen = state(door.door)
    got = door.post(found[word], headers, email="b@example.org", yes="1", do="erase")
    assert got.status == 403
    assert state(door.door) == seen


def test_a_form_of_our_own_pages_is_taken(door):
    same = {"Origin": "https://docchat.example", "Sec-Fetch-Site": "same-origin"}
    assert door.post("/subscribe", same, email="b@example.org").status == 200


# -- preferences -------------------------------------------------------------------------------------------


def prefs(door) -> str:
    return confirmed_links(door)["prefs"]


def test_what_is_chosen_is_kept_and_shown(door, site):
    confirmed(door, site)
    got = door.post(
        prefs(door),
        do="save",
        **{"state *": "off", "state massage": "on", "rhythm massage": "week"},
        text_only="yes",
        paused_until="2027-04-01",
        name="Anna “A.” Example",
    )
    assert (got.status, "Your choice is saved." in got.text) == (200, True)
    kept = person(door.door)
    assert {str(tie.follow): (str(tie.state), str(tie.rhythm)) for tie in kept.subscriptions} == {
        "*": ("off", "each"),
        "massage": ("on", "week"),
    }
    assert (kept.text_only, kept.announcements, kept.name) == (True, False, "Anna “A.” Example")
    assert kept.paused_until.isoformat() == "2027-03-31T22:00:00+00:00"
    shown = door.get(prefs(door)).text
    assert 'value="2027-04-01"' in shown
    assert re.search(r'name="text_only"[^>]* checked', shown)


def test_a_pause_ends_at_midnight_where_the_reader_is(door, site):
    confirmed(door, site)
    door.post(prefs(door), do="save", zone="America/New_York", paused_until="2027-04-01")
    kept = person(door.door)
    assert (kept.zone, kept.paused_until.isoformat()) == ("America/New_York", "2027-04-01T04:00:00+00:00")
    shown = door.get(prefs(door)).text
    assert 'value="2027-04-01"' in shown
    assert 'value="America/New_York"' in shown
    door.post(prefs(door), do="save", announcements="yes")
    assert person(door.door).zone == "America/New_York", "what a form does not name stays"
    door.post(prefs(door), do="save", zone="", announcements="yes")
    assert person(door.door).zone == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Mars/Base"),
        ("zone", "../../etc/passwd"),
        ("paused_until", "soon"),
        ("paused_until", "2999-01-01"),
        ("name", "a\nb"),
        ("name", "x" * 300),
    ],
)
def test_a_choice_that_cannot_be_is_told_and_nothing_is_kept(door, site, field, value):
    confirmed(door, site)
    seen = state(door.door)
    got = door.post(prefs(door), do="save", **{field: value})
    assert (got.status, 'role="alert"' in got.text) == (422, True)
    assert state(door.door) == seen


def test_a_series_that_is_turned_off_is_not_sent_though_it_waits(door, site):
    confirmed(door, site)
    with site.at("2027-03-23T09:00") as (app, clock):
        from docchat_mailer.delivery.fan_out import fan_out_due  # noqa: PLC0415
        from docchat_mailer.publishing.round import publish_due  # noqa: PLC0415

        publish_due(app.press, clock.now())
        fan_out_due(app.db, clock.now())
    door.post(prefs(door), do="save", **{"state *": "on", "state massage": "off"}, announcements="yes")
    count = len(site.messages())
    site.tick("2027-03-23T09:01")
    assert letters(site)[count:] == []
    with door.door.db.read() as c:
        found = c.exec_driver_sql("SELECT state, reason FROM deliveries WHERE state = 'suppressed'").all()
    assert ("suppressed", "the reader changed what they get") in found


def test_an_address_changes_when_the_new_one_says_so(door, site):
    confirmed(door, site)
    path = prefs(door)
    got = door.post(path, do="move", address="new@example.org")
    assert (got.status, "on its way to the new address" in got.text) == (200, True)
    assert person(door.door) is not None
    site.tick(NOW)
    asking = letters(site)[-1]
    assert asking["To"] == "new@example.org"
    assert door.post(links(asking)["confirm"], yes="1").status == 200
    assert person(door.door) is None
    assert person(door.door, Address(local="new", domain="example.org")).state is SubscriberState.ACTIVE
    assert door.get(path).status == 200


def test_an_address_that_somebody_else_has_is_not_taken(door, site):
    confirmed(door, site)
    door.post(prefs(door), do="move", address="bob@example.org")
    site.subscribe("bob@example.org")
    site.tick(NOW)
    got = door.post(links(letters(site)[-1])["confirm"], yes="1")
    assert got.status == 409
    assert person(door.door) is not None


def test_threat_T33_the_data_of_a_person_is_theirs_to_have(door, site):
    confirmed(door, site)
    got = door.post(prefs(door), do="export")
    data = json.loads(got.text)
    assert got.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert data["email"] == "Anna@example.org"
    assert [line["event"] for line in data["consent"]] == ["asked", "confirmed"]
    assert data["follows"][0]["what"] == "*"
    assert len(data["letters"]) == 2


def test_fault_F15_erasure_leaves_a_mark_that_stops_letters_and_nothing_else(door, site):
    confirmed(door, site)
    path = prefs(door)
    asked = door.post(path, do="ask-erase")
    assert "cannot be undone" in asked.text
    assert person(door.door) is not None
    assert door.post(path, do="erase").status == 200
    assert person(door.door) is None
    rows = json.dumps([str(row) for row in state(door.door)])
    assert "Anna" not in rows
    assert "anna" not in rows
    with door.door.db.read() as c:
        assert suppressions.suppressed(c, [address_hash(door.door.key, ANNA)])
    assert (door.get(path).status, door.post(path, do="save").status) == (404, 404)
    with open_door(site, "2027-04-20T10:00") as later:
        count = len(site.messages())
        later.post("/subscribe", email="Anna@example.org")
        site.tick("2027-04-20T10:00")
        assert [letter["To"] for letter in letters(site)[count:]].count("Anna@example.org") == 0


def test_what_is_no_form_is_refused(door, site):
    confirmed(door, site)
    assert door.post(prefs(door), do="dance").status == 400
    assert door.ask("POST", prefs(door), "{}", {"Content-Type": "application/json"}).status == 415
    assert door.ask("POST", "/subscribe", "é=1".encode("latin-1"), FORM).status == 400
    assert door.ask("POST", "/subscribe", "&".join(f"a{n}=1" for n in range(600)), FORM).status == 400


def test_pages_of_ones_own_are_kept_by_nobody(door, site):
    found = signed_up(door, site) | confirmed_links(door)
    for path in (*found.values(), "/subscribe", "/u/nobody"):
        headers = door.get(path).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
