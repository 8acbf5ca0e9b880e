"""From the bytes of a message that came back to a report: which form it has, and whom it names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import replace

from docchat_mailer.dsn.addresses import addresses_of, find_addresses, is_ownerless
from docchat_mailer.dsn.feedback import feedback_bounces, feedback_type, named_reader, read_feedback
from docchat_mailer.dsn.fields import Fields, words
from docchat_mailer.dsn.judging import judge
from docchat_mailer.dsn.mime import SIZE, Part, read_message
from docchat_mailer.dsn.notification import read_notification
from docchat_mailer.dsn.report import Bounce, Form, Report
from docchat_mailer.dsn.returned import cut, head_of
from docchat_mailer.dsn.statement import Statement
from docchat_mailer.dsn.status import envelope_id, read_status, strewn_status
from docchat_mailer.dsn.texts import read_text
from docchat_mailer.dsn.wording import find_phrase
from docchat_mailer.model.bounce import BounceKind

ENVELOPE = ("return-path", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to")
PATHS = ("return-path", "x-envelope-from", "x-envelope-sender", "errors-to", "sender")
STATUS = ("message/delivery-status", "message/global-delivery-status")
RECEIPT = ("message/disposition-notification", "message/global-disposition-notification")
FEEDBACK = "message/feedback-report"

FAILURE = re.compile(
    r"undeliver|deliver|failure|failed|returned|could not|couldn't|unable|not sent|nondeliver|bounce|rejected"
    r"|error|delayed|warning|unzustell|nicht zugestellt|non remis|non distribu|impossible"
    r"|не доставлено|недостав|退信|配信|エラー|届きません",
    re.IGNORECASE,
)
"""Subjects of reports; they open the door to the words of a text and decide nothing."""

MAILER = re.compile(r"mailer-?daemon|postmaster|mail-?daemon|mail (?:deliver|admin|system)", re.IGNORECASE)
MBOX = re.compile(rb"\nFrom [^\n]{5,200} \d{4}\n(?=[!-9;-~]{1,76}:)")
MESSAGES = 4
"""Messages in one file that are read."""

AROUND = 4000
"""Characters of the text for people that may tell why."""

RANK = (BounceKind.COMPLAINT, BounceKind.HARD, BounceKind.SOFT, BounceKind.OTHER)
TAG = re.compile(r"<[^<>]{0,400}>")
BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d)\b[^<>]{0,200}>", re.IGNORECASE)


def read_report(octets: bytes) -> Report:
    """What the message in *octets* says came of a letter of ours.

    Any bytes will do: what is no report gives one of no form.  Work is linear in the size, and no more than
    the first megabyte is read.  Nothing in it is verified: anybody can write a report.
    """
    return _joined([_read(read_message(each)) for each in _messages(octets[:SIZE])])


def _messages(octets: bytes) -> list[bytes]:
    """The messages of a file, which an mbox parts by lines that begin with From (RFC 4155)."""
    lines = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return MBOX.split(lines)[:MESSAGES]


def _joined(reports: list[Report]) -> Report:
    """Several messages as one report: each recipient once."""
    telling = [each for each in reports if each.form is not Form.NONE] or reports[:1]
    return replace(
        telling[0],
        bounces=_once(bounce for each in telling for bounce in each.bounces),
        addressed_to=_each(address for report in telling for address in report.addressed_to),
        returned_from=_each(address for report in telling for address in report.returned_from),
        message_ids=_each(id_ for report in telling for id_ in report.message_ids),
    )


def _once(bounces: Iterable[Bounce]) -> tuple[Bounce, ...]:
    """One verdict for a recipient: the gravest."""
    found: dict[str, Bounce] = {}
    for bounce in bounces:
        name = bounce.recipient.casefold()
        if name not in found or RANK.index(bounce.kind) < RANK.index(found[name].kind):
            found[name] = bounce
    return tuple(found.values())


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _read(message: Part) -> Report:
    parts = list(message.walk())
    text, below = cut(_text(parts))
    returned = _returned(parts, below)
    report = _told(message, parts, text, returned)
    return replace(
        report,
        addressed_to=_each(addresses_of(message.fields, *ENVELOPE)),
        returned_from=_each([*report.returned_from, *addresses_of(returned, *PATHS)]),
        message_ids=_each(value.strip("<> \t") for value in returned.every("message-id")),
        unsubscribe=returned.first("list-unsubscribe"),
    )


def _told(message: Part, parts: list[Part], text: str, returned: Fields) -> Report:
    """The report by the first form that fits."""
    if any(part.media in RECEIPT for part in parts):
        return Report()
    feedback = [part for part in parts if part.media == FEEDBACK]
    if feedback:
        return _feedback(read_feedback(feedback[0].body), returned)
    if "x-hmxmroriginalrecipient" in returned:  # Outlook's complaints have no report in them
        return _feedback(Fields([("feedback-type", "abuse")]), returned)
    told = _notified(text) or _standard(message, parts, text, returned) or _worded(message, text, returned)
    return told if told.form is not Form.NONE else _wrapped(message, parts)


def _wrapped(message: Part, parts: list[Part]) -> Report:
    """The report that a gateway put into one of its own, which says nothing itself."""
    carried = next((part for part in parts if part.carries_message), None)
    if carried is None or not _is_from_server(message.fields):
        return Report()
    inner = read_message(carried.body.encode("utf-8", "replace"))
    inside = list(inner.walk())
    if not _is_from_server(inner.fields):
        return Report()
    text, below = cut(_text(inside))
    returned = _returned(inside, below)
    return _standard(inner, inside, text, returned) or _worded(inner, text, returned)


def _feedback(fields: Fields, returned: Fields) -> Report:
    return Report(
        form=Form.FEEDBACK,
        bounces=feedback_bounces(fields, returned),
        returned_from=tuple(addresses_of(fields, "original-mail-from")),
        envelope_id=fields.first("original-envelope-id"),
        feedback_type=feedback_type(fields),
    )


def _notified(text: str) -> Report | None:
    told = read_notification(text)
    if not told:
        return None
    complaints = feedback_bounces(
        Fields([("feedback-type", told.feedback_type), ("original-rcpt-to", " ".join(told.complaining))]),
        Fields(),
    )
    return Report(
        form=Form.NOTIFICATION,
        bounces=complaints if told.complaining else tuple(judge(each) for each in told.statements),
        returned_from=(told.source,),
        feedback_type=told.feedback_type,
    )


def _standard(message: Part, parts: list[Part], text: str, returned: Fields) -> Report | None:
    fields = "\n\n".join(part.body for part in parts if part.media in STATUS)
    statements = read_status(fields)
    if not statements and _is_from_server(message.fields):
        statements = strewn_status(text)
    if not statements:
        return None
    named = [each for each in statements if each.recipient] or _named(statements[:1], message, text, returned)
    alone = len({each.recipient.casefold() for each in named}) == 1
    around = text[:AROUND] if alone else ""
    return Report(
        form=Form.STANDARD,
        bounces=_once(judge(replace(each, around=around)) for each in named),
        envelope_id=envelope_id(fields),
    )


def _named(statements: list[Statement], message: Part, text: str, returned: Fields) -> list[Statement]:
    """Statements without an address, with those that stand elsewhere in the report."""
    told = [each.recipient for each in read_text(text)]
    names = told or addresses_of(message.fields, "x-failed-recipients") or named_reader(returned) or [""]
    return [replace(each, recipient=name) for each in statements for name in names]


def _worded(message: Part, text: str, returned: Fields) -> Report:
    """A report in words: somebody who may write one says who was not reached, or says why."""
    failed = addresses_of(message.fields, "x-failed-recipients")
    if not failed and not _is_from_server(message.fields):
        return Report()
    said = read_text(text)
    known = {each.recipient.casefold() for each in said}
    listed = any(each.source.startswith("exim") for each in said)
    if failed and not listed and not known & {each.casefold() for each in failed}:
        said = [Statement(recipient=each, source="x-failed-recipients") for each in failed]
    if not said and FAILURE.search(words(message.fields.first("subject"))) and find_phrase(text):
        names = _lone_name(message, text) or named_reader(returned)
        said = [Statement(recipient=each, source="returned letter") for each in names]
    around = text[:AROUND] if len(said) == 1 else ""
    bounces = _once(judge(replace(each, around=around)) for each in said)
    return Report(form=Form.TEXT if bounces else Form.NONE, bounces=bounces)


def _lone_name(message: Part, text: str) -> list[str]:
    """The only address in a text, if it is nobody's who wrote or got the report."""
    own = {each.casefold() for each in addresses_of(message.fields, "from", "sender", "reply-to", *ENVELOPE)}
    names = [
        each
        for each in find_addresses(text[:AROUND])
        if each.casefold() not in own and not is_ownerless(each)
    ]
    return names if len(names) == 1 else []


def _is_from_server(fields: Fields) -> bool:
    """Whether a mail server seems to have written it, by who sent it or by its subject."""
    senders = addresses_of(fields, "from", "sender", "return-path")
    if any(is_ownerless(each) for each in senders) or MAILER.search(words(fields.first("from"))):
        return True
    return FAILURE.search(words(fields.first("subject"))) is not None


def _text(parts: list[Part]) -> str:
    """The words for people: the plain ones, or else what the HTML says."""
    texts = [part.body for part in parts if part.media == "text/plain" and part.body.strip()]
    if texts:
        return "\n\n".join(texts)
    return "\n\n".join(_without_tags(part.body) for part in parts if part.media == "text/html")


def _without_tags(body: str) -> str:
    return html.unescape(TAG.sub(_kept, BREAK.sub("\n", body)))


def _kept(tag: re.Match[str]) -> str:
    """An address in angle brackets is no tag."""
    return tag[0] if "@" in tag[0] and " " not in tag[0] else " "


def _returned(parts: list[Part], below: str) -> Fields:
    """The head of the returned letter: a part of its own, or what stands below the text."""
    carried = [head_of(part.body) for part in parts if part.carries_message]
    return next((head for head in carried if head), head_of(below))
