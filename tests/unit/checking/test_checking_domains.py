"""SPF, DMARC, MX and reverse names over zones in memory."""

import pytest
from finding_mail_way import DMARC, ZONE, Zone

from docchat_mailer.checking.domains import domain_findings, reverse_findings

DOMAIN = "letters.example.org"


def codes(changes=None, *, domain=DOMAIN, replies=()) -> list[str]:
    found = domain_findings(domain, replies, Zone({**ZONE, **(changes or {})}))
    return [one.code for one in found]


def test_a_zone_in_order_has_nothing_to_change():
    assert codes() == []


def test_an_empty_zone_lacks_everything():
    assert codes(domain="nowhere.example") == ["C831", "C835", "C840"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("V=SPF1 -all", []),
        ("v=spf1 redirect=spf.relay.example", []),
        ("v=spf1 include:circle.example -all", ["C833"]),
        ("v=spf1 include:nine.example a mx -all", ["C833"]),
        ("v=spf1 include:nine.example -all", []),
        ("v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all", []),
        ("v=spf1 ?a/24 ~mx:x.example/24 exists:%{i}.x.example -all", []),
        ("v=spf1 all", ["C834"]),
    ],
)
def test_the_look_ups_of_spf_are_counted_through_includes(record, expected):
    nine = " ".join(f"a:h{number}.example" for number in range(9))
    zone = {
        (DOMAIN, "TXT"): (record,),
        ("circle.example", "TXT"): ("v=spf1 include:circle.example -all",),
        ("nine.example", "TXT"): (f"v=spf1 {nine} -all",),
    }
    assert codes(zone) == expected


def test_counting_stops_soon_in_a_maze_of_includes():
    maze = ("v=spf1 " + " ".join(["include:maze.example"] * 20),)
    zone = Zone({**ZONE, (DOMAIN, "TXT"): maze, ("maze.example", "TXT"): maze})
    domain_findings(DOMAIN, (), zone)
    assert len(zone.asked) < 40


def test_the_nearest_dmarc_record_counts():
    near = {(f"_dmarc.{DOMAIN}", "TXT"): ("v=DMARC1;p=reject;pct=20",)}
    assert codes(near) == ["C839"]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (("v=spf1 -all", DMARC), []),
        (("v=DMARC1 ; P=Reject ;",), []),
        (("v=DMARC2; p=none",), ["C835"]),
        (("v=DMARC1; p=all",), ["C837"]),
        ((DMARC, DMARC), ["C836"]),
    ],
)
def test_a_dmarc_record_is_one_and_has_a_policy(records, expected):
    assert codes({("_dmarc.example.org", "TXT"): records}) == expected


def test_a_deep_name_asks_for_dmarc_eight_times_at_most_and_never_at_the_last_label():
    zone = Zone({})
    domain_findings("a.b.c.d.e.f.g.h.i.j.example.org", (), zone)
    asked = [name for name, _ in zone.asked if name.startswith("_dmarc.")]
    assert len(asked) <= 8
    assert asked[0] == "_dmarc.a.b.c.d.e.f.g.h.i.j.example.org"
    assert asked[-1] == "_dmarc.example.org"


def test_every_domain_that_takes_mail_is_looked_at_once():
    reply = {("help.example", "MX"): (), ("help.example", "AAAA"): ("2001:db8::1",)}
    assert codes(reply, replies=("help.example", "help.example", DOMAIN)) == []
    assert codes({("help.example", "MX"): ("",)}, replies=("help.example",)) == ["C840"]


def test_without_an_answer_nothing_is_guessed():
    assert codes({("_dmarc.example.org", "TXT"): None}) == ["C830"]


@pytest.mark.parametrize(
    ("names", "back", "said"),
    [
        (("dns.example.net",), ("8.8.8.8",), []),
        ((), (), ["8.8.8.8 it has no reverse name"]),
        (
            ("dns.example.net",),
            ("8.8.4.4",),
            ["8.8.8.8 its reverse name dns.example.net does not lead back to it"],
        ),
        (("dns.example.net",), (), ["8.8.8.8 its reverse name dns.example.net does not lead back to it"]),
    ],
)
def test_the_address_of_a_relay_has_a_name_that_leads_back_to_it(names, back, said):
    zone = Zone(
        {
            ("mx.example.net", "A"): ("8.8.8.8", "10.0.0.1", "127.0.0.1"),
            ("8.8.8.8.in-addr.arpa", "PTR"): names,
            ("dns.example.net", "A"): back,
        }
    )
    found = reverse_findings("mx.example.net", zone)
    assert [f"{one.source.path} {one.what}" for one in found] == said
    assert ("1.0.0.10.in-addr.arpa", "PTR") not in zone.asked


def test_a_resolver_that_says_nothing_of_a_relay_is_told():
    zone = Zone({("mx.example.net", "A"): None})
    assert [one.code for one in reverse_findings("mx.example.net", zone)] == ["C830"]
