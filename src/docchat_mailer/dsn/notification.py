"""The JSON that Amazon SES tells bounces and complaints in, when its topic is read by mail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from docchat_mailer.dsn.statement import Statement

MOST = 200
"""Recipients that are read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notification:
    """What it tells: who bounced, or who complained; whose letter it was."""

    statements: tuple[Statement, ...] = ()
    complaining: tuple[str, ...] = ()
    source: str = ""
    feedback_type: str = ""


def read_notification(text: str) -> Notification | None:
    """The notification in *text*, or None where it holds none."""
    told = _object(text)
    if told and isinstance(told.get("Message"), str) and "Type" in told:  # as the topic wraps it
        told = _object(told["Message"])
    if not told:
        return None
    type_ = told.get("notificationType") or told.get("eventType")
    if type_ not in ("Bounce", "Complaint", "Delivery"):
        return None
    detail, mail = _part(told, str(type_).lower()), _part(told, "mail")
    source = _text(mail, "source")
    if type_ == "Complaint":
        return Notification(
            complaining=tuple(_text(each, "emailAddress") for each in _list(detail, "complainedRecipients")),
            feedback_type=_text(detail, "complaintFeedbackType") or "abuse",
            source=source,
        )
    return Notification(statements=tuple(_statements(detail)), source=source)


def _object(text: str) -> dict[str, Any]:
    begin = text.find("{")
    if begin < 0 or text[:begin].strip():
        return {}
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text, begin)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _statements(detail: dict[str, Any]) -> list[Statement]:
    bounced = [
        Statement(
            recipient=_text(each, "emailAddress"),
            source="notification",
            action=_text(each, "action") or "failed",
            status=_text(each, "status"),
            diagnostic=_text(each, "diagnosticCode"),
            around=f"{_text(detail, 'bounceType')} {_text(detail, 'bounceSubType')}",
        )
        for each in _list(detail, "bouncedRecipients")
    ]
    delivered = [
        Statement(recipient=each, source="notification", action="delivered")
        for each in detail.get("recipients") or []
        if isinstance(each, str)
    ]
    return bounced or delivered[:MOST]


def _part(of: dict[str, Any], name: str) -> dict[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _list(of: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = of.get(name)
    return [each for each in value if isinstance(each, dict)][:MOST] if isinstance(value, list) else []


def _text(of: dict[str, Any], name: str) -> str:
    value = of.get(name)
    return value.strip() if isinstance(value, str) else ""
