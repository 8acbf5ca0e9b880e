"""Doubles of relays: what they do to a message after their 250, and how they name it in that 250.

``mean`` rewrites all three headers that a sender would like to recognise a message by.  The rows of the
providers are doubles of what their documentation says, to test against; a relay's account may differ.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from faults.session import Message

Double = Callable[[Message, int], tuple[bytes, str]]
"""From a message and its number to what is passed on, and the reply to the final dot ("": the usual)."""

DATE = b"Thu, 01 Jan 2026 00:00:00 +0000"


def plain(message: Message, number: int) -> tuple[bytes, str]:
    """Nothing is changed and no id is told."""
    return message.raw, ""


def generic(message: Message, number: int) -> tuple[bytes, str]:
    """A mail transfer agent: a trace header on top, and its queue id in the reply."""
    queue = f"4Q{number:010X}"
    trace = b"Received: from client by sink.example with ESMTP id " + queue.encode() + b"\r\n"
    return trace + message.raw, f"250 2.0.0 Ok: queued as {queue}"


def ses(message: Message, number: int) -> tuple[bytes, str]:
    """Message-ID, Date and Return-Path are its own; the id is in the reply."""
    own = f"0100{_digest(message, number)[:12]}-{number:08x}-000000"
    return _rewritten(message, f"{own}@email.relay.example", date=True), f"250 Ok {own}"


def postmark(message: Message, number: int) -> tuple[bytes, str]:
    """Message-ID is its own unless X-PM-KeepID asks for ours; the id comes with events alone."""
    keep = re.search(rb"(?im)^x-pm-keepid:\s*true\s*$", _head(message.raw))
    own = f"{_digest(message, number)[:32]}@mtasv.example"
    return message.raw if keep else _rewritten(message, own, date=False), "250 2.0.0 Ok"


def mailgun(message: Message, number: int) -> tuple[bytes, str]:
    """Nothing of ours is changed; the id comes with events alone."""
    return message.raw, "250 Great success"


def mean(message: Message, number: int) -> tuple[bytes, str]:
    """Message-ID, Date and Return-Path are rewritten, and the reply names no id."""
    return _rewritten(message, f"{_digest(message, number)[:20]}@mean.example", date=True), "250 taken"


DOUBLES: Mapping[str, Double] = MappingProxyType(
    {
        "plain": plain,
        "generic": generic,
        "ses": ses,
        "postmark": postmark,
        "mailgun": mailgun,
        "mean": mean,
    }
)


def _digest(message: Message, number: int) -> str:
    return hashlib.sha256(b"%d %s" % (number, message.raw)).hexdigest()


def _head(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0]


def _rewritten(message: Message, own: str, *, date: bool) -> bytes:
    head, gap, body = message.raw.partition(b"\r\n\r\n")
    head = _with(head, b"Message-ID", f"<{own}>".encode())
    head = _with(head, b"Date", DATE) if date else head
    return b"Return-Path: <bounces@relay.example>\r\n" + _without(head, b"Return-Path") + gap + body


def _with(head: bytes, name: bytes, value: bytes) -> bytes:
    return _without(head, name) + b"\r\n" + name + b": " + value


def _without(head: bytes, name: bytes) -> bytes:
    """*head* without a field and its folded lines."""
    return re.sub(rb"(?im)^" + re.escape(name) + rb":.*\r\n?(?:[ \t].*\r\n?)*", b"", head + b"\r\n").rstrip(
        b"\r\n"
    )
