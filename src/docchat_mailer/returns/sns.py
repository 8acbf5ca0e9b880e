"""What Amazon SES says through a topic of Amazon SNS: signed by Amazon, and of the one topic that is ours.

Anybody can have Amazon sign a message on a topic of their own, so a message counts only where its topic is
the one of the settings, its signature fits, and the certificate comes from Amazon's host in that region.

See https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html, and for what SES says
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from docchat_mailer.dsn.reading import read_report
from docchat_mailer.dsn.report import Bounce, Meaning
from docchat_mailer.model.bounce import BounceKind
from docchat_mailer.rules.hooks import Hooked, Told, UnsignedError, read_document

WINDOW = timedelta(days=1)
"""How old a message may be: Amazon tries again for hours, and one that was read counts no second time."""

AHEAD = timedelta(minutes=5)
"""How far its clock may be ahead of ours."""

TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]{1,30}):[0-9]{12}:[A-Za-z0-9_.-]{1,256}")
PEM = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")

SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
"""What is signed of each type, in this order; a subject only where there is one."""

HASHES = {"1": SHA1, "2": SHA256}
"""By SignatureVersion; a topic begins with the first, which its owner can change."""

LASTING = {"Permanent": BounceKind.HARD}
"""SES's own word (bounceType) where the refusing server said nothing that decides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SnsMessage:
    """A message of our topic, not yet believed; *certificate* is where the key to its signature is."""

    said: Mapping[str, str]
    certificate: str

    @property
    def confirm_at(self) -> str:
        """Where the operator subscribes us to the topic, in a message that asks for it; else empty."""
        return self.said.get("SubscribeURL", "") if self.said["Type"] != "Notification" else ""


def open_message(body: bytes, topic: str, now: datetime) -> SnsMessage:
    """The message in *body*, if it could be one of *topic* (an ARN).

    Raises UnsignedError for anything else, before anything is fetched.
    """
    said = _texts(body)
    region = TOPIC.fullmatch(topic)
    if region is None or said.get("TopicArn") != topic:
        raise UnsignedError("it is of another topic")
    if said.get("Type") not in SIGNED:
        raise UnsignedError("its type is unknown")
    _recent(said.get("Timestamp", ""), now)
    return SnsMessage(said=said, certificate=_amazons(said.get("SigningCertURL", ""), region[1]))


def believe(message: SnsMessage, pem: bytes, now: datetime) -> Hooked:
    """What *message* says, if the certificate in *pem* vouches for it at *now*.

    Raises UnsignedError where it does not.
    """
    said = message.said
    key, hash_ = _key(pem, now), HASHES.get(said.get("SignatureVersion", ""))
    if hash_ is None:
        raise UnsignedError("its signature is of an unknown version")
    try:
        signature = b64decode(said.get("Signature", ""), validate=True)
        key.verify(signature, signed_text(said), PKCS1v15(), hash_())
    except (ValueError, InvalidSignature) as exc:
        raise UnsignedError("its signature does not fit") from exc
    events = tuple(_events(said["Message"])) if said["Type"] == "Notification" else ()
    return Hooked(key=said.get("MessageId", ""), events=events)


def signed_text(said: Mapping[str, str]) -> bytes:
    """What the signature is over: name and value of each signed field, a line each."""
    lines = (f"{name}\n{said[name]}\n" for name in SIGNED[said["Type"]] if name in said)
    return "".join(lines).encode()


def _texts(body: bytes) -> dict[str, str]:
    """The fields of a message; what is no text is none of them."""
    return {name: value for name, value in read_document(body).items() if isinstance(value, str)}


def _recent(stamp: str, now: datetime) -> None:
    try:
        told = datetime.fromisoformat(stamp)
    except ValueError as exc:
        raise UnsignedError("it has no time") from exc
    if told.tzinfo is None or not -AHEAD < now - told < WINDOW:
        raise UnsignedError("its time is not ours")


def _amazons(url: str, region: str) -> str:
    """An address of Amazon's own, and nobody else's: what a stranger names is never asked."""
    hosts = {f"sns.{region}.amazonaws.com", f"sns.{region}.amazonaws.com.cn"}
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and parts.netloc in hosts and not parts.query and not parts.fragment
    except ValueError:
        plain = False
    if not plain or PEM.fullmatch(parts.path) is None:
        raise UnsignedError("its certificate is not Amazon's")
    return url


def _key(pem: bytes, now: datetime) -> RSAPublicKey:
    try:
        certificate = load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except ValueError as exc:
        raise UnsignedError("its certificate cannot be read") from exc
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise UnsignedError("its certificate is not valid now")
    if not isinstance(key, RSAPublicKey):
        raise UnsignedError("its certificate has another kind of key")
    return key


def _events(message: str) -> list[Told]:
    """What SES says of each reader, judged like a report that came by mail."""
    report = read_report(b"Subject: notification\n\n" + message.encode())
    detail = _part(message, "bounce")
    lasting = LASTING.get(str(detail.get("bounceType", "")))
    letter = str(_part(message, "mail").get("messageId", ""))[:200]
    return [_told(bounce, lasting, letter) for bounce in report.bounces]


def _told(bounce: Bounce, lasting: BounceKind | None, letter: str) -> Told:
    kind = bounce.kind
    if bounce.is_senders_fault:
        kind = BounceKind.OTHER
    elif bounce.meaning is Meaning.UNDECIDED and lasting is not None:
        kind = lasting
    return Told(
        recipient=bounce.recipient,
        kind=kind,
        status=bounce.status,
        diagnostic=bounce.diagnostic,
        message_id=letter,
    )


def _part(message: str, name: str) -> Mapping[str, Any]:
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    found = said.get(name) if isinstance(said, dict) else None
    return found if isinstance(found, dict) else {}
