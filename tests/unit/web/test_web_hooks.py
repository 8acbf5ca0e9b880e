"""Webhooks of relays: believed where they are signed, once, and only by who has a secret."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import sns_messages
from docchat_mailer.model.bounce import BounceKind
from docchat_mailer.model.subscriber import Address
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.rules.hooks import ADAPTERS
from docchat_mailer.store import bounces, suppressions
from docchat_mailer.web.certificates import Certificates
from doors import served, with_door
from sites import SiteFolder

NOW = datetime(2027, 3, 16, 10, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
SECRET = "user:a long secret"
ANNA = Address(local="anna", domain="example.org")
HARD = {"events": [{"recipient": "anna@example.org", "kind": "hard", "status": "5.1.1"}]}


@pytest.fixture
def door(tmp_path):
    site = with_door(SiteFolder(tmp_path / "site"))
    site.subscribe("anna@example.org")
    with site.at("2027-03-16T10:00") as (app, _):
        with_hooks = replace(app.door(), hooks=dict.fromkeys(ADAPTERS, SECRET))
        with served(with_hooks) as found:
            yield found


def barred(door) -> bool:
    with door.door.db.read() as c:
        return bool(suppressions.suppressed(c, [address_hash(door.door.key, ANNA)]))


def generic(said=HARD, *, stamp: str = STAMP, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(said).encode()
    seal = hmac.digest(secret.encode(), stamp.encode() + b"." + body, "sha256").hex()
    return body, {"X-Timestamp": stamp, "X-Signature": f"sha256={seal}"}


def postmark(said, *, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    login = base64.b64encode(secret.encode()).decode()
    return json.dumps(said).encode(), {"Authorization": f"Basic {login}"}


def mailgun(event, *, stamp: str = STAMP, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    seal = hmac.digest(secret.encode(), f"{stamp}a token".encode(), "sha256").hex()
    said = {"signature": {"timestamp": stamp, "token": "a token", "signature": seal}, "event-data": event}
    return json.dumps(said).encode(), {"Content-Type": "application/json"}


POSTMARK_HARD = {
    "RecordType": "Bounce",
    "ID": 4323372036854775807,
    "Type": "HardBounce",
    "TypeCode": 1,
    "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
    "Description": "The server was unable to deliver your message.",
    "Details": "smtp;550 5.1.1 user unknown",
    "Email": "anna@example.org",
    "Inactive": True,
}
MAILGUN_HARD = {
    "event": "failed",
    "severity": "permanent",
    "recipient": "anna@example.org",
    "delivery-status": {"code": 550, "enhanced-code": "5.1.1", "message": "user unknown"},
    "message": {"headers": {"message-id": "20270316.1@example.org"}},
}


@pytest.mark.parametrize(
    ("provider", "request_"),
    [
        ("generic", generic()),
        ("postmark", postmark(POSTMARK_HARD)),
        ("postmark", postmark({**POSTMARK_HARD, "RecordType": "SpamComplaint", "Type": "SpamComplaint"})),
        ("mailgun", mailgun(MAILGUN_HARD)),
        ("mailgun", mailgun({"event": "complained", "recipient": "anna@example.org"})),
    ],
)
def test_a_signed_request_bars_whom_it_names(door, provider, request_):
    body, headers = request_
    assert not barred(door)
    assert door.ask("POST", f"/hooks/bounce/{provider}", body, headers).status == 200
    assert barred(door)


@pytest.mark.parametrize(
    ("provider", "request_"),
    [
        ("generic", generic({"events": [{"recipient": "anna@example.org", "kind": "soft"}]})),
        ("generic", generic({"events": [{"recipient": "anna@example.org", "kind": "odd"}]})),
        ("generic", generic({"events": "none"})),
        ("generic", generic({"events": [{"recipient": "nobody@example.org", "kind": "hard"}]})),
        ("generic", generic({"events": [{"recipient": "no address", "kind": "hard"}]})),
        ("postmark", postmark({**POSTMARK_HARD, "Type": "Transient"})),
        ("postmark", postmark({**POSTMARK_HARD, "RecordType": "Open"})),
        ("mailgun", mailgun({**MAILGUN_HARD, "severity": "temporary"})),
        ("mailgun", mailgun({"event": "delivered", "recipient": "anna@example.org"})),
    ],
)
def test_what_is_no_end_of_an_address_bars_nobody(door, provider, request_):
    body, headers = request_
    assert door.ask("POST", f"/hooks/bounce/{provider}", body, headers).status == 200
    assert not barred(door)


@pytest.mark.parametrize(
    ("provider", "request_"),
    [
        ("generic", generic(secret="another")),
        ("generic", generic(stamp=str(int(NOW.timestamp()) - 301))),
        ("generic", generic(stamp=str(int(NOW.timestamp()) + 301))),
        ("generic", generic(stamp="soon")),
        ("generic", (b"{}", {})),
        ("generic", (generic()[0] + b" ", generic()[1])),
        ("postmark", postmark(POSTMARK_HARD, secret="user:another")),
        ("postmark", (json.dumps(POSTMARK_HARD).encode(), {})),
        ("mailgun", mailgun(MAILGUN_HARD, secret="another")),
        ("mailgun", mailgun(MAILGUN_HARD, stamp=str(int(NOW.timestamp()) - 301))),
        ("mailgun", (b"no json", {})),
        ("mailgun", (b"[]", {})),
    ],
)
def test_threat_T14_a_request_that_nobody_vouches_for_changes_nothing(door, provider, request_):
    body, headers = request_
    before = door.door.db.changes()
    assert door.ask("POST", f"/hooks/bounce/{provider}", body, headers).status == 403
    assert door.door.db.changes() == before


def test_threat_T14_a_request_counts_once_however_often_it_is_sent(door):
    body, headers = generic()
    for _ in range(3):
        assert door.ask("POST", "/hooks/bounce/generic", body, headers).status == 200
    with door.door.db.read() as c:
        assert [kept.kind for kept in bounces.latest(c)] == [BounceKind.HARD]


@pytest.mark.parametrize(
    ("provider", "body", "headers"),
    [
        ("generic", b"{}", {"X-Timestamp": "999999999999", "X-Signature": "x"}),
        ("mailgun", b"[" * 100_000, {}),
        ("mailgun", f'{{"signature": {{"timestamp": "{STAMP}", "token": "\\ud800"}}}}'.encode(), {}),
        ("postmark", b"{}", {"Authorization": "Basic \xe9"}),
    ],
)
def test_threat_T14_odd_bytes_from_anybody_are_refused(door, provider, body, headers):
    assert door.ask("POST", f"/hooks/bounce/{provider}", body, headers).status == 403


@pytest.mark.parametrize(
    ("provider", "request_"),
    [
        ("generic", generic({"events": [{**HARD["events"][0], "status": "5.7.1", "diagnostic": "spam"}]})),
        ("postmark", postmark({**POSTMARK_HARD, "Details": "smtp;554 5.7.1 blocked by our policy"})),
        (
            "mailgun",
            mailgun({**MAILGUN_HARD, "delivery-status": {"code": 552, "message": "552 5.2.2 over quota"}}),
        ),
    ],
)
def test_what_a_server_says_of_us_or_of_today_is_no_end_of_an_address(door, provider, request_):
    body, headers = request_
    assert door.ask("POST", f"/hooks/bounce/{provider}", body, headers).status == 200
    assert not barred(door)


@pytest.fixture
def amazon(door):
    """The door, where a topic of Amazon's is heard, and the addresses it asked for certificates."""
    asked: list[str] = []

    def load(url: str) -> bytes:
        asked.append(url)
        return sns_messages.PEM

    hearing = replace(door.door, hooks={"ses": sns_messages.TOPIC}, certificates=Certificates(load))
    with served(hearing) as found:
        yield found, asked


def tell(door, said) -> int:
    headers = {"Content-Type": "text/plain; charset=UTF-8"}
    return door.ask("POST", "/hooks/bounce/ses", json.dumps(said).encode(), headers).status


def test_what_amazon_signs_bars_whom_it_names_and_its_certificate_is_asked_for_once(amazon):
    door, asked = amazon
    for _ in range(3):
        assert tell(door, sns_messages.signed()) == 200
    assert barred(door)
    assert asked == [sns_messages.URL]
    with door.door.db.read() as c:
        assert [kept.source for kept in bounces.latest(c)] == ["ses"]
        [kept] = suppressions.between(c, NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert (kept.source, kept.detail) == ("ses", "smtp; 550 5.1.1 user unknown")


def test_a_message_of_the_largest_size_is_read(amazon):
    door, _ = amazon
    assert tell(door, sns_messages.signed(json.dumps({"padding": '"' * 100_000}))) == 200


def test_threat_T14_a_subscription_is_told_to_the_operator_and_never_made(amazon):
    door, asked = amazon
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=23"
    said = sns_messages.signed("...", Type="SubscriptionConfirmation", Token="23", SubscribeURL=url)
    assert tell(door, said) == 200
    assert asked == [sns_messages.URL]
    assert not barred(door)


def test_threat_T14_what_amazon_did_not_sign_changes_nothing_and_asks_nobody_elsewhere(amazon):
    door, asked = amazon
    before = door.door.db.changes()
    assert tell(door, {**sns_messages.signed(), "Message": "{}"}) == 403
    assert tell(door, sns_messages.signed(TopicArn=sns_messages.TOPIC + "s")) == 403
    elsewhere = sns_messages.signed(SigningCertURL="https://example.org/SimpleNotificationService-0.pem")
    assert tell(door, elsewhere) == 403
    assert asked == [sns_messages.URL]
    assert door.door.db.changes() == before


def test_threat_T14_strangers_make_us_ask_for_a_few_certificates_only(amazon):
    door, asked = amazon
    urls = [sns_messages.URL.replace("0123456789", f"{number:010}", 1) for number in range(20)]
    statuses = [tell(door, {**sns_messages.signed(SigningCertURL=url), "Signature": ""}) for url in urls]
    assert set(statuses) == {403, 503}
    assert len(asked) == 5


def test_threat_T14_without_a_secret_there_is_nothing(door):
    with served(replace(door.door, hooks={})) as bare:
        body, headers = generic()
        assert bare.ask("POST", "/hooks/bounce/generic", body, headers).status == 404
        assert bare.ask("POST", "/hooks/bounce/other", body, headers).status == 404
        got = bare.ask("GET", "/hooks/bounce/generic")
        assert (got.status, got.headers["allow"]) == (405, "POST")
