"""The real resolver, against a name server on this machine."""

import socket
import threading

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from docchat_mailer.errors import TemporaryError
from docchat_mailer.hub.resolving import DnsResolver

RECORDS = {
    "a.example.": {"TXT": '"v=spf1 " "-all"', "MX": "10 mx.example."},
    "null.example.": {"MX": "0 ."},
    "host.example.": {"A": "192.0.2.1", "AAAA": "2001:db8::1"},
}


def answered(wire: bytes) -> bytes:
    query = dns.message.from_wire(wire)
    question = query.question[0]
    name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
    reply = dns.message.make_response(query)
    if name == "broken.example.":
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif name not in RECORDS:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif kind in RECORDS[name]:
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, RECORDS[name][kind]))
    return reply.to_wire()


@pytest.fixture
def resolver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve():
            while True:
                wire, sender = server.recvfrom(4096)
                if wire == b"end":
                    return
                server.sendto(answered(wire), sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        asks = dns.resolver.Resolver(configure=False)
        asks.nameservers, asks.port = ["127.0.0.1"], server.getsockname()[1]
        yield DnsResolver(asks)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", server.getsockname())
        thread.join(5)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("a.example", "TXT", ("v=spf1 -all",)),
        ("a.example", "MX", ("mx.example",)),
        ("null.example", "MX", ("",)),
        ("host.example", "A", ("192.0.2.1",)),
        ("host.example", "AAAA", ("2001:db8::1",)),
        ("host.example", "TXT", ()),
        ("nowhere.example", "TXT", ()),
    ],
)
def test_records_are_plain_texts(resolver, name, kind, expected):
    assert resolver.look_up(name, kind) == expected


def test_a_server_that_fails_is_no_empty_answer(resolver):
    with pytest.raises(TemporaryError, match="says nothing about broken"):
        resolver.look_up("broken.example", "TXT")


def test_a_name_that_is_none_is_no_crash(resolver):
    with pytest.raises(TemporaryError):
        resolver.look_up("a..example", "TXT")
