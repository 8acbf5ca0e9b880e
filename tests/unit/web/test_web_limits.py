"""Limits before every route: bytes, fields, time and places; a slow or a lying client costs nobody else."""

from __future__ import annotations

import contextlib
import http.client
import resource
import socket
import time
from pathlib import Path

import pytest

from docchat_mailer.web.patience import SPARE, PatientProtocol
from docchat_mailer.web.routes import routes
from docchat_mailer.web.shield import LARGEST_BODY, LONGEST_TARGET
from doors import FORM, open_door, served, with_door
from sites import SiteFolder

START = "2027-03-16T10:00"
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("limits") / "site"))
    folder.post("about", "About", "2027-03-16T08:30:00+01:00")
    folder.tick("2027-03-01")
    folder.tick(START)
    return folder


@pytest.fixture(scope="module")
def door(site):
    with open_door(site, START) as found:
        yield found


class Hasty(PatientProtocol):
    """Patience for a test."""

    head_seconds = 0.3
    body_seconds = 0.6
    answer_seconds = 0.4
    longest = 3.0


@contextlib.contextmanager
def hasty(site):
    with site.at(START) as (app, _), served(app.door(), Hasty) as found:
        yield found


@contextlib.contextmanager
def connected(door):
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as other:
        yield other


def said(other: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := other.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def paths(door) -> list[str]:
    """One path of every route."""
    return [
        route.path.replace("{token}", "v1.u.x.y")
        .replace("{path:path}", "p/about/")
        .replace("{provider}", "x")
        for route in routes(door.door)
    ]


# -- bytes -------------------------------------------------------------------------------------------------


def memory() -> int:
    """The most this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_threat_T29_every_route_counts_the_bytes_that_come(door):
    """Ten megabytes, with a length, in chunks, and with a length that lies; and a million fields."""
    before = memory()
    for path in paths(door):
        for method in ("POST", "GET", "PUT"):
            declared = door.ask(method, path, b"a" * (10 * MEGABYTE), FORM)
            assert declared.status == 413, (method, path)
            chunks = chunked(door, method, path, 10 * MEGABYTE)
            assert chunks in {413, 405, 200, 404, 503}, (method, path)
        fields = door.ask("POST", path, "&".join(["a=1"] * 1_000_000), FORM)
        assert fields.status == 413
    assert memory() - before < 40 * 1024


def chunked(door, method: str, path: str, size: int) -> int:
    """The status for a body whose length nobody said."""
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    try:
        pieces = (b"b" * 65536 for _ in range(size // 65536))
        connection.request(
            method, path, pieces, {**FORM, "Transfer-Encoding": "chunked"}, encode_chunked=True
        )
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/subscribe", "/confirm/v1.c.x.y", "/u/v1.u.x.y", "/prefs/v1.p.x.y"])
def test_fault_F9_a_body_of_unknown_length_is_refused_where_a_form_is_read(door, path):
    assert chunked(door, "POST", path, LARGEST_BODY + 65536) == 413
    assert chunked(door, "POST", path, 65536) != 413


def test_fault_F9_a_length_that_lies_gets_no_more_than_it_said(door):
    with connected(door) as other:
        head = b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        other.sendall(head + b"Content-Length: 4\r\nConnection: close\r\n\r\na=1&" + b"b=2&" * 50_000)
        assert said(other)[:12] in {b"HTTP/1.1 200", b"HTTP/1.1 400"}
    with connected(door) as other:
        other.sendall(head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n")
        assert said(other).startswith(b"HTTP/1.1 400 ")
    for length in (b"-1", b"0x10", b"9" * 5000, b"1e3"):
        with connected(door) as other:
            other.sendall(head + b"Content-Length: " + length + b"\r\nConnection: close\r\n\r\n")
            assert said(other).startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 ")), length


def test_fault_F9_a_hundred_thousand_fields_within_the_bytes_are_refused(door):
    assert door.ask("POST", "/subscribe", "&" * 60_000, FORM).status == 400
    assert door.ask("POST", "/subscribe", "&".join("a" * 30_000), FORM).status == 400
    assert door.ask("POST", "/subscribe", "a" * 60_000, FORM).status == 200


def test_a_body_is_asked_for_only_where_it_may_come(door):
    """RFC 9110 section 10.1.1: who waits for a word to go on is refused before a byte is sent."""
    with connected(door) as other:
        head = b"POST /subscribe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        other.sendall(head + b"Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n")
        assert said(other).startswith(b"HTTP/1.1 413 ")


def test_an_address_of_any_length_is_answered(door):
    assert door.get("/" + "a" * (LONGEST_TARGET + 1)).status == 414
    assert door.get("/?" + "a" * LONGEST_TARGET).status == 414
    assert door.get("/u/" + "a" * 4000).status == 404
    with connected(door) as other:
        other.sendall(b"GET /" + b"a" * MEGABYTE + b" HTTP/1.1\r\n")
        assert said(other)[:12] in {b"", b"HTTP/1.1 400"}


def test_a_head_of_any_size_is_refused(door):
    with connected(door) as other, contextlib.suppress(ConnectionError):
        other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 200_000)
        assert said(other)[:12] in {b"", b"HTTP/1.1 400"}


@pytest.mark.parametrize(
    "path", ["/%2fetc", "/u%2Fx", "/p%5cabout/", "/p/about%00/", "/p/about/%0d%0aX:y", "/%85"]
)
def test_a_separator_in_disguise_is_nothing_we_have(door, path):
    got = door.get(path)
    assert (got.status, "x" in got.headers) == (404, False)


# -- time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "])
def test_fault_F10_a_head_that_does_not_come_ends_the_connection(site, sent):
    with hasty(site) as door, connected(door) as other:
        other.sendall(sent)
        assert said(other) == b""


def test_fault_F10_a_head_that_drips_ends_no_later(site):
    with hasty(site) as door, connected(door) as other, contextlib.suppress(ConnectionError):
        for count, letter in enumerate(b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 100):
            other.sendall(bytes([letter]))
            time.sleep(0.02)
            assert count < 200


def test_fault_F10_a_body_that_drips_ends_the_connection(site):
    with hasty(site) as door, connected(door) as other:
        other.sendall(
            b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        )
        other.sendall(b"Content-Length: 1000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for count in range(200):
                other.sendall(b"a")
                time.sleep(0.02)
                assert count < 190
        assert said(other) == b""


def test_fault_F10_the_next_head_of_a_connection_has_its_time_too(site):
    with hasty(site) as door, connected(door) as other:
        for _ in range(3):
            other.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            got = b""
            while not got.endswith(b'{"alive":true}'):
                got += other.recv(65536)
            time.sleep(0.1)
        other.sendall(b"GET /healthz HT")
        assert said(other) == b""


def test_two_questions_at_once_are_both_answered(site):
    with hasty(site) as door, connected(door) as other:
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        time.sleep(0.1)
        assert said(other).count(b"HTTP/1.1 200 ") == 2


@pytest.fixture
def large(site):
    """A published image of eight megabytes."""
    file = site.root / "public/media/large.bin"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"0123456789abcdef" * (MEGABYTE // 2))
    with site.at(START) as (app, clock):
        from docchat_mailer.store import outputs  # noqa: PLC0415

        with app.db.write() as c:
            outputs.put_outputs(c, [outputs.Output("/media/large.bin", "", "0" * 64, clock.now())])
        yield file
        with app.db.write() as c:
            outputs.drop_outputs(c, ["/media/large.bin"])


def test_who_takes_an_answer_slowly_gets_all_of_it(site, large):
    with hasty(site) as door, connected(door) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        other.sendall(b"GET /media/large.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        begun, got = time.monotonic(), b""
        while piece := other.recv(MEGABYTE // 4):
            got += piece
            if time.monotonic() - begun < 1.5:
                time.sleep(0.05)
        assert got.partition(b"\r\n\r\n")[2] == large.read_bytes()


def test_who_takes_nothing_of_an_answer_is_let_go(site, large):
    with hasty(site) as door, connected(door) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        other.sendall(b"GET /media/large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        until_closed(door, 1)
        assert len(said(other)) < large.stat().st_size


def test_a_large_file_is_never_held_whole(site, large):
    with open_door(site, START) as door:
        door.get("/p/about/")
        before = memory()
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                other = stack.enter_context(connected(door))
                other.sendall(b"GET /media/large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
            assert door.get("/healthz").status == 200
            assert memory() - before < 30 * 1024


def until_closed(door, most: int, seconds: float = 10.0) -> None:
    """Wait until there are fewer than *most* connections of others; the kernel knows them."""
    ends = time.monotonic() + seconds
    while established(door.port) >= most:
        assert time.monotonic() < ends
        time.sleep(0.02)


def established(port: int) -> int:
    """Connections that the server's side still has."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    rows = (line.split() for line in lines)
    return sum(1 for row in rows if row[1] == f"0100007F:{port:04X}" and row[3] in {"01", "08"})


# -- places ------------------------------------------------------------------------------------------------


def crowd(door, count: int, stack: contextlib.ExitStack) -> list[socket.socket]:
    """*count* slow connections: some say nothing, some a piece of a head, some a piece of a body."""
    pieces = (
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
    )
    sockets = []
    for number in range(count):
        other = stack.enter_context(connected(door))
        other.sendall(pieces[number % 3])
        sockets.append(other)
    return sockets


def test_fault_F10_two_hundred_slow_sockets_keep_nobody_from_leaving(site):
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(hasty(site))
        slow = crowd(door, 200, stack)
        for _ in range(5):
            assert door.post("/u/v1.u.x.y").status == 404
            assert door.get("/p/about/").status == 200
        assert [said(one) for one in slow] == [b""] * 200


def test_who_finds_no_place_is_told_when_to_come_back(site):
    with contextlib.ExitStack() as stack:
        app, _ = stack.enter_context(site.at(START))
        door = stack.enter_context(served(app.door(), connections=10))
        for _ in range(10):
            stack.enter_context(connected(door))
        got = door.get("/p/about/")
        assert (got.status, got.headers["retry-after"], got.headers["connection"]) == (503, "5", "close")
        assert got.headers["x-content-type-options"] == "nosniff"
        for _ in range(SPARE):
            stack.enter_context(connected(door))
        late = stack.enter_context(connected(door))
        assert said(late) == b""


@pytest.mark.long
def test_fault_F10_five_thousand_idle_sockets_keep_nobody_from_leaving(site):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 11_000:
        pytest.skip("this machine gives a process no 11,000 files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 11_000), hard))
    try:
        with contextlib.ExitStack() as stack:
            door = stack.enter_context(open_door(site, START))
            slow = crowd(door, 5_000, stack)
            for _ in range(100):
                assert door.post("/u/v1.u.x.y").status == 404
                assert door.get("/p/about/").status == 200
            begun = time.monotonic()
            assert [said(one) for one in slow if one.settimeout(60) is None] == [b""] * 5_000
            assert time.monotonic() - begun < 60
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
