"""Every route with every kind of token and both methods: what opens, and what does not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import product

import pytest

from docchat_mailer.model.subscriber import Address
from docchat_mailer.model.tokens import LinkKeys, Purpose
from docchat_mailer.store import subscribers
from doors import letters, links, open_door, served, with_door
from sites import SiteFolder

NOW, LATE = "2027-03-16T10:00", "2027-03-30T10:00"
ROUTES = {
    "u": Purpose.UNSUBSCRIBE,
    "prefs": Purpose.PREFERENCES,
    "confirm": Purpose.CONFIRM,
    "m": Purpose.VIEW,
}
KINDS = ("expired", "right", "flipped", "cut", "longer", "other purpose", "nobody", "old key", "strange key")
METHODS = ("GET", "HEAD", "POST")
KEYS = LinkKeys((b"a" * 32, b"b" * 32))


@dataclass(frozen=True)
class Asked:
    """A place of the table."""

    route: str
    kind: str
    method: str


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("tokens") / "site"))
    folder.post("about", "About", "2027-03-16T08:30:00+01:00")
    folder.tick("2027-03-01")
    folder.subscribe("anna@example.org")
    with open_door(folder, NOW) as door:
        door.post("/subscribe", email="new@example.org")
    folder.tick(NOW)
    return folder


@pytest.fixture(scope="module")
def door(made):
    with open_door(made, NOW) as found, served(replace(found.door, links=KEYS)) as rotated:
        yield rotated


@pytest.fixture(scope="module")
def later(made):
    """The same, two weeks on."""
    with open_door(made, LATE) as found, served(replace(found.door, links=KEYS)) as rotated:
        yield rotated


@pytest.fixture(scope="module")
def names(door, made):
    """The random name that each route's token is of."""
    with door.door.db.read() as c:
        anna = subscribers.find_subscriber(c, Address(local="anna", domain="example.org")).token_id
        asked = c.exec_driver_sql("SELECT token_id FROM requests").scalar_one()
    assert any("confirm" in links(letter) for letter in letters(made))
    return {"u": anna, "prefs": anna, "confirm": asked, "m": "1"}


def token(names, route: str, kind: str) -> str:
    purpose, name = ROUTES[route], names[route]
    right = KEYS.make(purpose, name)
    others = [other for other in Purpose if other is not purpose]
    return {
        "right": right,
        "expired": right,
        "flipped": right[:-1] + ("0" if right[-1] != "0" else "1"),
        "cut": right[:-1],
        "longer": right + "0",
        "other purpose": KEYS.make(others[0], name),
        "nobody": KEYS.make(purpose, "0" * 16),
        "old key": LinkKeys(KEYS.keys[:1]).make(purpose, name),
        "strange key": LinkKeys((b"c" * 32,)).make(purpose, name),
    }[kind]


def expected(asked: Asked) -> int:
    """What the table says."""
    if asked.route == "m":  # this edition has a page of its own, so its letter is not shown
        return 405 if asked.method == "POST" else 404
    if asked.kind == "right":
        return {"prefs": 400}.get(asked.route, 200) if asked.method == "POST" else 200
    if asked.kind == "expired":
        usual = expected(replace(asked, kind="right"))
        return 410 if asked.route == "confirm" else usual
    if asked.route == "u" and asked.kind in {"old key", "nobody"}:
        return 200  # leaving works from every letter, and an erased reader has left already
    return 404


FIRST_READ = sorted(
    (Asked(*one) for one in product(ROUTES, KINDS, METHODS)),
    key=lambda one: one.method == "POST" and one.kind in {"right", "old key", "expired"},
)


def test_threat_T23_every_route_with_every_token(door, later, names):
    told = {}
    for asked in FIRST_READ:
        at = later if asked.kind == "expired" else door
        path = f"/{asked.route}/{token(names, asked.route, asked.kind)}"
        got = at.post(path, do="dance") if asked.method == "POST" else at.ask(asked.method, path)
        told[asked] = (got.status, expected(asked))
        assert got.status in {400, 405} or got.headers["cache-control"] == "no-store", asked
        assert "script-src" not in got.headers["content-security-policy"]
        assert not re.search(r"<script|onclick|javascript:", got.text)
    wrong = {asked: statuses for asked, statuses in told.items() if statuses[0] != statuses[1]}
    assert wrong == {}


def test_fault_F8_what_is_not_ours_gets_the_same_page_for_all_of_it(door, names):
    pages = set()
    for route, kind in product(("u", "prefs", "confirm"), ("flipped", "cut", "longer", "strange key")):
        got = door.get(f"/{route}/{token(names, route, kind)}")
        pages.add((got.status, got.body))
    pages.add((404, door.get("/m/nothing").body))
    assert len(pages) == 1
    assert door.get(f"/u/{'x' * 5000}").status == 414
