"""What a relay says of itself, asked of real servers."""

import shutil
import socket

import pytest

from docchat_mailer.smtp.probing import probe
from docchat_mailer.smtp.relay import RelaySettings
from relays import Certificates, Relay, login


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("certificates are made by the openssl program")
    return Certificates(tmp_path_factory.mktemp("certificates"))


def asked(relay: Relay, **changes):
    given = {"host": "127.0.0.1", "port": relay.port, "security": "none", "connect_seconds": 5} | changes
    return probe(RelaySettings(ehlo_name="mailer.example", **given))


def test_a_relay_tells_its_limits_and_gets_no_letter():
    with Relay(options={"data_size_limit": 1000}) as relay:
        found = asked(relay)
    assert (found.unreachable, found.insecure, found.refused) == ("", "", "")
    assert found.size == 1000
    assert not found.pipelining
    assert b"MAIL" not in bytes(relay.wire)
    assert bytes(relay.wire).upper().endswith(b"QUIT\r\n")


def test_nobody_there_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = RelaySettings(host="127.0.0.1", port=taken.getsockname()[1], security="none")
        assert "refused" in probe(settings).unreachable


def test_a_relay_without_starttls_is_insecure_and_hears_no_password():
    with Relay() as relay:
        found = asked(relay, security="starttls", username="jane", password="a word")
    assert found.insecure == "it offers no STARTTLS"
    assert b"AUTH" not in bytes(relay.wire)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_insecure(certificates, security):
    context = certificates.self_signed()
    relay = Relay(ssl=context) if security == "tls" else Relay(options={"tls_context": context})
    with relay:
        found = asked(relay, security=security, host="localhost")
    assert "self-signed" in found.insecure.replace("self signed", "self-signed")


def test_a_login_is_tried_after_tls(certificates):
    options = login("jane", "a word") | {"tls_context": certificates.signed("probed")}
    given = {
        "security": "starttls",
        "host": "localhost",
        "authority": certificates.authority,
        "username": "jane",
    }
    with Relay(options=options) as relay:
        assert asked(relay, **given, password="a word").refused == ""
        assert asked(relay, **given, password="another").refused.startswith("535")


def test_a_relay_that_offers_no_login_is_told_where_one_is_set():
    with Relay() as relay:
        assert asked(relay, username="jane", password="a word").refused == "it offers no AUTH"
