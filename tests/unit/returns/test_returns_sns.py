"""Messages of Amazon SNS: believed where Amazon signed them, on our topic, now."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key as new_curve_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from docchat_mailer.model.bounce import BounceKind
from docchat_mailer.returns.sns import believe, open_message
from docchat_mailer.rules.hooks import UnsignedError
from sns_messages import BOUNCE, COMPLAINT, NOW, PEM, TOPIC, URL, certificate, signed


def heard(said, *, pem: bytes = PEM, topic: str = TOPIC):
    return believe(open_message(json.dumps(said).encode(), topic, NOW), pem, NOW)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_bounce_is_judged_like_a_report(version):
    hooked = heard(signed(version=version))
    assert hooked.key == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    [told] = hooked.events
    assert (told.recipient, told.kind, told.status) == ("anna@example.org", BounceKind.HARD, "5.1.1")
    assert told.message_id == "0100-2"


def test_a_subject_is_signed_too():
    assert heard(signed(Subject="Amazon SES Email Event Notification")).events


def event(**changes) -> dict:
    recipient = {**BOUNCE["bounce"]["bouncedRecipients"][0], **changes.pop("recipient", {})}
    return {**BOUNCE, "bounce": {**BOUNCE["bounce"], "bouncedRecipients": [recipient], **changes}}


BARE = {"status": None, "diagnosticCode": None}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (event(recipient=BARE), BounceKind.HARD),
        (event(recipient=BARE, bounceType="Transient"), BounceKind.SOFT),
        (event(recipient=BARE, bounceType="Undetermined"), BounceKind.SOFT),
        (event(recipient={"status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 full"}), BounceKind.SOFT),
        (
            event(recipient={"status": "5.7.1", "diagnosticCode": "smtp; 554 5.7.1 looks like spam"}),
            BounceKind.OTHER,
        ),
        (COMPLAINT, BounceKind.COMPLAINT),
        (
            {**COMPLAINT, "complaint": {**COMPLAINT["complaint"], "complaintFeedbackType": "not-spam"}},
            BounceKind.OTHER,
        ),
        (
            {**{k: v for k, v in BOUNCE.items() if k != "notificationType"}, "eventType": "Bounce"},
            BounceKind.HARD,
        ),
    ],
)
def test_what_ses_says_has_its_kind(said, kind):
    assert [told.kind for told in heard(signed(said)).events] == [kind]


@pytest.mark.parametrize("said", ["", "no json", "[]", '{"notificationType": "Sent"}', "[" * 100_000])
def test_what_is_no_bounce_says_nothing(said):
    assert heard(signed(said)).events == ()


def test_who_asks_for_a_subscription_is_only_named():
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336"
    said = signed("You have chosen ...", Type="SubscriptionConfirmation", Token="2336", SubscribeURL=url)
    assert heard(said).events == ()
    assert open_message(json.dumps(said).encode(), TOPIC, NOW).confirm_at == url
    assert open_message(json.dumps(signed(SubscribeURL=url)).encode(), TOPIC, NOW).confirm_at == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": json.dumps(COMPLAINT)},
        {"MessageId": "another"},
        {"Signature": "bm8="},
        {"Signature": "not base64"},
        {"Signature": ""},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"Timestamp": "2027-03-16T09:59:31.000Z"},
        {"Timestamp": "2027-03-15T09:59:30.000Z"},
        {"Timestamp": "2027-03-16T10:09:30.000Z"},
        {"Timestamp": "2027-03-16T09:59:30"},
        {"Timestamp": "now"},
        {"TopicArn": TOPIC + "s"},
        {"Type": "Other"},
        {"Subject": "added"},
    ],
)
def test_threat_T14_a_message_of_sns_that_was_changed_is_not_believed(changes):
    with pytest.raises(UnsignedError):
        heard({**signed(), **changes})


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("https", "http"),
        URL.replace("sns.eu-west-1.amazonaws.com", "sns.eu-west-1.amazonaws.com.example.org"),
        URL.replace("sns.eu-west-1.amazonaws.com", "example.org"),
        URL.replace("sns.eu-west-1.amazonaws.com", "bucket.s3.amazonaws.com"),
        URL.replace("sns.eu-west-1.amazonaws.com", "sns.us-east-1.amazonaws.com"),
        URL.replace("https://", "https://sns.eu-west-1.amazonaws.com@example.org/"),
        URL.replace("https://", "https://user@"),
        URL.replace(".com/", ".com:444/"),
        URL.replace(".pem", ".pem?x=1"),
        URL.replace("/Simple", "/other/Simple"),
        "https://[",
        "",
    ],
)
def test_threat_T14_a_certificate_from_elsewhere_is_never_asked_for(url):
    with pytest.raises(UnsignedError, match="not Amazon's"):
        open_message(json.dumps(signed(SigningCertURL=url)).encode(), TOPIC, NOW)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"no certificate",
        certificate(generate_private_key(65537, 2048)),
        certificate(until=NOW - timedelta(seconds=1)),
        certificate(new_curve_key(SECP256R1())),
    ],
)
def test_threat_T14_a_certificate_of_another_vouches_for_nothing(pem):
    with pytest.raises(UnsignedError):
        heard(signed(), pem=pem)


@pytest.mark.parametrize("topic", ["", "arn:aws:sns:eu-west-1:123456789012:other", "bounces"])
def test_threat_T14_a_topic_that_is_not_ours_is_not_heard(topic):
    with pytest.raises(UnsignedError, match="another topic"):
        heard(signed(), topic=topic)


@pytest.mark.parametrize(
    "body", [b"", b"x", b"\xff", b"[]", b"7", b"[" * 100_000, b'{"Type": "\\ud800"}', b'{"Type": 7}', b"{}"]
)
def test_any_bytes_are_refused_and_do_no_harm(body):
    with pytest.raises(UnsignedError):
        open_message(body, TOPIC, NOW)
