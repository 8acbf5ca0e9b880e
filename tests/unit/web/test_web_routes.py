"""The table of routes: each method where it belongs, each path in one spelling, and what faults look like."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from docchat_mailer.log import configure
from docchat_mailer.model.subscriber import Address, SubscriberState
from docchat_mailer.model.tokens import Purpose
from docchat_mailer.store import subscribers
from docchat_mailer.web.routes import _failed, kind_of, routes
from doors import FORM, open_door, served, with_door
from sites import SiteFolder

START = "2027-03-16T10:00"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"]
ANNA = Address(local="anna", domain="example.org")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("routes") / "site"))
    folder.post("about", "About", "2027-03-16T08:30:00+01:00")
    folder.tick("2027-03-01")
    folder.tick(START)
    folder.subscribe("anna@example.org")
    return folder


@pytest.fixture(scope="module")
def door(site):
    with open_door(site, START) as found:
        yield found


def person(door):
    with door.door.db.read() as c:
        return subscribers.find_subscriber(c, ANNA)


def way_out(door) -> str:
    return f"/u/{door.door.token(Purpose.UNSUBSCRIBE, person(door).token_id)}"


def table(door) -> list[tuple[str, set[str]]]:
    """A path of each route, and its methods; the one that only refuses is left out."""
    return [
        (
            route.path.replace("{token}", "v1.x.y.z")
            .replace("{path:path}", "p/about/")
            .replace("{provider}", "x"),
            route.methods,
        )
        for route in routes(door.door)
        if route.endpoint.__name__ != "_post_alone"
    ]


def test_every_route_is_one_of_ours_and_takes_no_other_method(door):
    assert all(methods <= {"GET", "HEAD", "POST"} for _, methods in table(door))
    for path, methods in table(door):
        for method in METHODS:
            got = door.ask(method, path, None, FORM if method == "POST" else None)
            if method in methods:
                assert got.status in {200, 404, 403, 503}, (method, path)
            else:
                assert (got.status, got.headers["allow"]) == (405, ", ".join(sorted(methods))), (method, path)


def test_head_says_what_get_says_on_every_route(door):
    for path, methods in table(door):
        if "GET" in methods:
            got, head = door.get(path), door.ask("HEAD", path)
            same = {"date"}
            assert (head.status, head.body) == (got.status, b""), path
            assert {k: v for k, v in head.headers.items() if k not in same} == {
                k: v for k, v in got.headers.items() if k not in same
            }, path


@pytest.mark.parametrize(
    "spelling",
    ["{}/", "/{}", "/.{}", "/p/..{}", "{};x", "{}%20", "{}/../x", "{}%00", "{}."],
)
def test_threat_T11_another_spelling_of_a_path_does_not_do_its_work(door, spelling):
    path = way_out(door)
    wrong = spelling.format(path)
    assert {door.ask("POST", wrong, "", FORM).status, door.get(wrong).status} <= {404, 405}
    assert person(door).state is SubscriberState.ACTIVE


def test_threat_T11_letters_and_slashes_in_disguise_lead_nowhere(site):
    with open_door(site, START) as door:
        path = way_out(door)
        for wrong in (
            path.upper(),
            path.replace("/u/", "/U/"),
            path.replace("/u/", "/u%2f"),
            path.replace("/u/", "/u//"),
        ):
            assert door.ask("POST", wrong, "", FORM).status in {404, 405}
        for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            assert door.ask("GET", path, None, {header: "POST"}).status == 200
        assert door.ask("POST", "/healthz", "_method=PUT", FORM).status == 405


@pytest.mark.parametrize("target", ["*", "http://evil.example/", "http://evil.example/p/about/", "p/about/"])
def test_a_target_that_is_no_path_is_nothing(door, target):
    assert door.get(target).status == 404


def test_a_path_is_logged_by_its_first_word_alone():
    assert [kind_of(path) for path in ("/u/v1.u.secret.mac", "/u/a/b", "/feed.xml", "/")] == [
        "/u",
        "/u",
        "/feed.xml",
        "/",
    ]


@pytest.mark.parametrize(
    ("contact", "line"),
    [
        ("security@example.org", "Contact: mailto:security@example.org"),
        ("https://example.org/report", "Contact: https://example.org/report"),
    ],
)
def test_whom_to_tell_of_a_weakness(door, contact, line):
    assert door.get("/.well-known/security.txt").status == 404
    with served(replace(door.door, security_contact=contact)) as named:
        got = named.get("/.well-known/security.txt")
    assert (got.status, got.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert got.text.splitlines() == [line, "Expires: 2027-10-01T00:00:00Z", "Preferred-Languages: en"]


def test_pages_of_two_names_may_use_each_others_style_and_forms(door):
    with served(replace(door.door, base_url="https://letters.docchat.example")) as two:
        policy = two.get("/nothing").headers["content-security-policy"]
    ours = "'self' https://docchat.example https://letters.docchat.example;"
    assert f"style-src {ours}" in policy
    assert f"form-action {ours}" in policy
    assert "script" not in policy


# -- faults ------------------------------------------------------------------------------------------------


def test_fault_F13_who_leaves_while_others_write_is_heard_when_they_have(site):
    with open_door(site, START) as door, site.at(START) as (other, _):
        holds, done = threading.Event(), []

        def leave() -> None:
            holds.wait(10)
            done.append(door.post(way_out(door)).status)

        thread = threading.Thread(target=leave)
        thread.start()
        with other.db.write() as c:
            c.exec_driver_sql("UPDATE meta SET value = value")
            holds.set()
            assert door.get("/p/about/").status == 200
            assert door.get("/feed.xml").status == 200
            thread.join(0.3)
            assert not done
        thread.join(10)
        assert done == [200]
        assert person(door).state is SubscriberState.LEFT


def test_a_database_that_is_busy_too_long_says_when_to_come_back(site):
    with open_door(site, START) as door, site.at(START) as (other, _):
        with door.door.db.write() as c:
            c.exec_driver_sql("PRAGMA busy_timeout = 50")
        with other.db.write() as c:
            c.exec_driver_sql("UPDATE meta SET value = value")
            got = door.post(way_out(door))
        assert (got.status, got.headers["retry-after"], got.headers["cache-control"]) == (
            503,
            "5",
            "no-store",
        )
        assert "default-src 'none'" in got.headers["content-security-policy"]


def test_a_fault_of_ours_is_told_without_what_it_says(door, capsys):
    async def breaks(_: object) -> None:
        raise LookupError("anna@example.org is not here")

    configure()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/u/secret",
        "raw_path": b"/u/secret",
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
        "server": None,
        "client": None,
        "root_path": "",
    }
    sent = []

    async def send(message: dict) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.request", "body": b""}

    app = Starlette(routes=[Route("/u/{token}", breaks)], exception_handlers={Exception: _failed})
    with contextlib.suppress(LookupError):
        asyncio.run(app(scope, receive, send))
    assert (sent[0]["status"], sent[1]["body"]) == (500, b"Something went wrong here.\n")
    told = capsys.readouterr().err
    assert "LookupError" in told
    assert "breaks" in told
    assert not [word for word in ("anna", "secret") if word in told]
