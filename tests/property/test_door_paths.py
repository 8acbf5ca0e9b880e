"""Whatever is asked for, the door answers in one of its ways, and says nothing that was not published."""

from __future__ import annotations

import socket

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from doors import open_door, with_door
from sites import SiteFolder

WORDS = [
    "s",
    "u",
    "p",
    "about",
    "feed.xml",
    "..",
    ".",
    "",
    "%2e%2e",
    "%2f",
    "%5c",
    "%00",
    "%ff",
    "\\",
    "~",
    "index.html",
]
WORDS += [
    "prefs",
    "confirm",
    "subscribe",
    "healthz",
    "_redirects",
    ".htaccess",
    "state",
    "key",
    "config.toml",
    ";x",
]
EDGES = st.sampled_from(["/", "//", "/./", "/../", "%2F", "/%2e%2e/"])
PATHS = st.lists(st.tuples(EDGES, st.sampled_from(WORDS)), max_size=6).map(
    lambda all_: "".join(map("".join, all_))
)
TARGETS = st.one_of(
    PATHS.map(lambda path: f"/{path}".encode()),
    st.binary(max_size=60).map(lambda octets: b"/" + octets.replace(b"\n", b"")),
    st.text(max_size=30).map(lambda text: f"/{text}".encode().replace(b"\n", b"")),
)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("paths") / "site"))
    folder.post("about", "About", "2027-03-16T08:30:00+01:00")
    folder.tick("2027-03-01")
    folder.tick("2027-03-16T10:00")
    (folder.root / "public/state").write_text("postal_address of nobody", encoding="utf-8")
    with open_door(folder) as found:
        yield found


def ask(door, request: bytes, *, hangs_up: bool = False) -> bytes:
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as other:
        other.sendall(request)
        if hangs_up:
            other.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := other.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


@given(target=TARGETS, method=st.sampled_from([b"GET", b"HEAD", b"POST"]))
@example(target=b"/%2e%2e/%2e%2e/config.toml", method=b"GET")
@example(target=b"/..%c0%af..%c0%afconfig.toml", method=b"GET")
@example(target=b"//", method=b"GET")
@QUIET
def test_every_target_is_answered_and_none_leads_out(door, target, method):
    answer = ask(door, method + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head[:12] in {
        b"HTTP/1.1 " + code for code in (b"200", b"301", b"400", b"403", b"404", b"405", b"415")
    }
    assert b"postal_address" not in body
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"location: "):
            where = line.removeprefix(b"location: ")
            assert where.startswith(b"/")
            assert where[1:2] not in {b"/", b"\\"}


@given(octets=st.binary(max_size=300))
@QUIET
def test_no_bytes_break_the_door(door, octets):
    answer = ask(door, octets, hangs_up=True)
    assert answer[:9] in {b"", b"HTTP/1.1 "}
    assert not answer.startswith(b"HTTP/1.1 5")
