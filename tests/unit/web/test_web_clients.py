"""Who asks: forwarded addresses are believed from our own proxies alone; limits go by network."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from starlette.requests import Request

from docchat_mailer.web.clients import NOBODY, Buckets, client_of, network_of
from doors import open_door, with_door

PROXIES = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48")]


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    client = (peer, 1234) if peer else None
    return Request({"type": "http", "headers": headers, "client": client})


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66", "198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66, 198.51.100.1, 10.1.2.3"], "198.51.100.1"),
        ("127.0.0.1", ["10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", ["2001:DB8:0:0::1"], "2001:db8::1"),
        ("2001:db8:1::5", ["2001:db8:2::1"], "2001:db8:2::1"),
        ("::ffff:127.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1:4711"], "127.0.0.1"),
        ("127.0.0.1", ["1" * 10_000], "127.0.0.1"),
        (None, ["198.51.100.1"], NOBODY),
        ("a socket", ["198.51.100.1"], "a socket"),
    ],
)
def test_fault_F12_only_our_own_proxies_are_believed_and_only_their_last_word(peer, forwarded, found):
    assert client_of(request(peer, *forwarded), PROXIES) == found


def test_fault_F12_a_chain_without_end_is_cut():
    long = ", ".join(["10.0.0.1"] * 100_000)
    assert client_of(request("127.0.0.1", f"198.51.100.1, {long}"), PROXIES) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:7:1::5", "2001:db8:7::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("a socket", "a socket"),
    ],
)
def test_a_network_is_what_one_household_has(address, network):
    assert network_of(address) == network


def test_a_bucket_gives_its_tries_and_then_one_at_a_time():
    seconds = [0.0]
    bucket = Buckets(tries=3, seconds=10, clock=lambda: seconds[0])
    assert [bucket.take("a") for _ in range(5)] == [True, True, True, False, False]
    assert bucket.take("b")
    seconds[0] = 9.9
    assert not bucket.take("a")
    seconds[0] = 10.0
    assert [bucket.take("a"), bucket.take("a")] == [True, False]
    seconds[0] = 1000.0
    assert [bucket.take("a") for _ in range(4)] == [True, True, True, False]


def test_a_bucket_forgets_whoever_was_away_longest_and_stays_small():
    bucket = Buckets(tries=1, seconds=1000, clock=lambda: 0.0)
    for number in range(Buckets.KEPT + 500):
        bucket.take(str(number))
    assert len(bucket._full_until) == Buckets.KEPT


def test_fault_F12_a_forged_address_shares_the_limit_of_who_sends_it(site):
    with_door(site)
    site.tick("2027-03-01")
    with open_door(site) as door:
        found = [
            door.post("/subscribe", {"X-Forwarded-For": f"198.51.{n}.1"}, email=f"a{n}@example.org")
            for n in range(12)
        ]
    refused = [got for got in found if got.status == 429]
    assert refused
    assert {got.headers["retry-after"] for got in refused} == {"60"}
