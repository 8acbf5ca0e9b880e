"""What a relay's webhook says, and whether it is the relay that says so: each provider is a row of a table.

A request counts only where its signature fits: over the raw body, with a secret that only the relay and we
have, and not older than a few minutes, so that one that was overheard cannot be said again.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from docchat_mailer.model.bounce import BounceKind

WINDOW = timedelta(minutes=5)
"""How far the time of a request may be from ours."""

DIGITS = 12
"""Digits of a time in seconds: enough for thousands of years."""

GENERIC, POSTMARK, MAILGUN = "generic", "postmark", "mailgun"

SES = "ses"
"""Amazon's, which is no row here: whether it is Amazon that speaks takes a certificate from outside."""


class UnsignedError(Exception):
    """A request that nobody vouches for, or that cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One event: *recipient* got nothing, or complained; *message_id* is without angle brackets, or empty."""

    recipient: str
    kind: BounceKind
    status: str = ""
    diagnostic: str = ""
    message_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hooked:
    """A request that counts: *key* is its own, so that it counts once."""

    key: str
    events: tuple[Told, ...]


Adapter = Callable[[Mapping[str, str], bytes, str, datetime], Hooked]
"""From header fields (in lower case), body, secret and now; raises UnsignedError."""


def generic(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Hooked:
    """Ours: ``X-Timestamp`` in seconds, ``X-Signature: sha256=`` HMAC of time, dot and body (RFC 2104)."""
    stamp, given = headers.get("x-timestamp", ""), headers.get("x-signature", "")
    _recent(stamp, now)
    expected = hmac.digest(secret.encode(), stamp.encode() + b"." + body, "sha256").hex()
    _same(f"sha256={expected}", given)
    events = tuple(
        Told(
            recipient=_text(one, "recipient"),
            kind=_kind(_text(one, "kind")),
            status=_text(one, "status"),
            diagnostic=_text(one, "diagnostic"),
            message_id=_text(one, "message_id").strip("<>"),
        )
        for one in _list(read_document(body), "events")
    )
    return Hooked(key=given, events=events)


def postmark(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Hooked:  # noqa: ARG001 - it signs no time
    """Postmark's: basic authentication with the secret, ``user:password`` (RFC 7617).

    See https://postmarkapp.com/developer/webhooks/bounce-webhook.
    """
    expected = "Basic " + base64.b64encode(secret.encode()).decode()
    _same(expected, headers.get("authorization", ""))
    said = read_document(body)
    record, kind = _text(said, "RecordType"), _text(said, "Type")
    meaning = BounceKind.COMPLAINT if record == "SpamComplaint" else _POSTMARK.get(kind, BounceKind.OTHER)
    if record not in {"Bounce", "SpamComplaint"}:
        return Hooked(key=f"postmark {_text(said, 'ID')}", events=())
    told = Told(
        recipient=_text(said, "Email"),
        kind=meaning,
        diagnostic=_text(said, "Details") or _text(said, "Description"),
        message_id=_text(said, "MessageID"),
    )
    return Hooked(key=f"postmark {record} {said.get('ID', '')}", events=(told,))


_POSTMARK = {
    "HardBounce": BounceKind.HARD,
    "BadEmailAddress": BounceKind.HARD,
    "ManuallyDeactivated": BounceKind.OTHER,
    "SoftBounce": BounceKind.SOFT,
    "Transient": BounceKind.SOFT,
    "DnsError": BounceKind.SOFT,
    "SpamNotification": BounceKind.OTHER,
    "SpamComplaint": BounceKind.COMPLAINT,
}


def mailgun(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Hooked:  # noqa: ARG001 - it signs in the body
    """Mailgun's: HMAC-SHA-256 of timestamp and token, under the signing key.

    See https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages/#securing-webhooks.
    """
    said = read_document(body)
    signature, event = _inner(said, "signature"), _inner(said, "event-data")
    stamp, token = _text(signature, "timestamp"), _text(signature, "token")
    _recent(stamp, now)
    expected = hmac.digest(secret.encode(), f"{stamp}{token}".encode(), "sha256").hex()
    _same(expected, _text(signature, "signature"))
    name, severity = _text(event, "event"), _text(event, "severity")
    kind = {"complained": BounceKind.COMPLAINT, "unsubscribed": BounceKind.COMPLAINT}.get(name)
    if name == "failed":
        kind = BounceKind.HARD if severity == "permanent" else BounceKind.SOFT
    if kind is None:
        return Hooked(key=f"mailgun {token}", events=())
    status = _inner(event, "delivery-status")
    told = Told(
        recipient=_text(event, "recipient"),
        kind=kind,
        status=_text(status, "enhanced-code"),
        diagnostic=_text(status, "message") or _text(status, "description"),
        message_id=_text(_inner(_inner(event, "message"), "headers"), "message-id"),
    )
    return Hooked(key=f"mailgun {token}", events=(told,))


ADAPTERS: Mapping[str, Adapter] = {GENERIC: generic, POSTMARK: postmark, MAILGUN: mailgun}
"""Provider to what reads its requests."""


def read_document(body: bytes) -> Mapping[str, Any]:
    """The object that *body* is in JSON (RFC 8259).

    Raises UnsignedError where it is none, or holds half a surrogate (RFC 8259 section 8.2), which can be
    neither signed nor kept.
    """
    try:
        said = json.loads(body)
        json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as exc:
        raise UnsignedError("the body is no JSON") from exc
    if not isinstance(said, dict):
        raise UnsignedError("the body is no object")
    return said


def _inner(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _list(said: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = said.get(name)
    yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name, "")
    return found[:1000] if isinstance(found, str) else str(found) if isinstance(found, int) else ""


def _kind(word: str) -> BounceKind:
    return BounceKind(word) if word in set(BounceKind) else BounceKind.OTHER


def _recent(stamp: str, now: datetime) -> None:
    if not stamp.isdecimal() or len(stamp) > DIGITS:
        raise UnsignedError("it has no time")
    if abs(int(stamp) - now.timestamp()) > WINDOW.total_seconds():
        raise UnsignedError("its time is not ours")


def _same(expected: str, given: str) -> None:
    if not hmac.compare_digest(expected.encode(), given.encode(errors="surrogatepass")):
        raise UnsignedError("its signature does not fit")
