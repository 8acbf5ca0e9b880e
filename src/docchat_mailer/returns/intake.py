"""Take in what came back: whose it is, what it says, and whether the address gets anything more.

Whose it is, a token of ours says, and nothing else: anybody can write a report about anybody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from docchat_mailer.dsn.mime import SIZE
from docchat_mailer.dsn.reading import read_report
from docchat_mailer.dsn.report import Bounce, Report
from docchat_mailer.dsn.verp import read_address
from docchat_mailer.model.bounce import BounceKind
from docchat_mailer.model.delivery import DeliveryId, DeliveryState
from docchat_mailer.model.subscriber import Subscriber
from docchat_mailer.model.tokens import LinkKeys, Purpose
from docchat_mailer.rules.suppression import Barred, BouncePolicy, Past, verdict
from docchat_mailer.store import bounces, moves, preferences, subscribers, suppressions
from docchat_mailer.store.bounces import KeptBounce
from docchat_mailer.store.database import Connection, Database

SETTLED = timedelta(days=5)
"""How long an accepted letter has to stay away to count as delivered: servers try for so long."""

HEAD = 64 * 1024
"""Bytes in which a mail says what it wants."""

DIAGNOSTIC = 500
"""Characters of a server's words that are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What came of one message.

    *bounces* is how many recipients it speaks of, *vouched* whether a token of ours tells whose it is.
    *barred* is why its reader gets nothing more, where that is so because of it; *senders_fault* are the
    words of servers that find fault with us.  *leaves* is the random name of somebody who asks by this mail
    to get nothing more (RFC 2369 section 3.2), empty for nobody.
    """

    known: bool = False
    bounces: int = 0
    vouched: bool = False
    barred: Barred | None = None
    senders_fault: str = ""
    leaves: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What returns are judged by; *key* reads return paths, and *links* the links in returned letters."""

    key: bytes
    links: LinkKeys
    policy: BouncePolicy


def take(
    db: Database, octets: bytes, rules: Rules, *, source: str, now: datetime, dry_run: bool = False
) -> Taken:
    """Take in one message, once; with *dry_run* only say what would come of it.

    A message that is no report is remembered too, so that it is not read again.
    """
    report = read_report(octets[:SIZE])

    def work(c: Connection) -> Taken:
        if dry_run:
            with c.begin_nested() as trial:
                taken = _take(c, octets, report, rules, source, now)
                trial.rollback()
            return taken
        return _take(c, octets, report, rules, source, now)

    return db.retrying(work)


def _take(  # noqa: PLR0917 - one transaction's own
    c: Connection, octets: bytes, report: Report, rules: Rules, source: str, now: datetime
) -> Taken:
    digest = hashlib.sha256(octets).hexdigest()
    if not bounces.remember(c, digest, source, now):
        return Taken(known=True)
    delivery = _delivery(report, rules)
    reader = _reader(c, report, rules, delivery)
    if not report.bounces:
        return Taken(leaves=asks_to_leave(octets, rules))
    if reader is None:
        for bounce in report.bounces:
            bounces.add(c, digest, _kept(bounce, None, None, source, now))
        return Taken(bounces=len(report.bounces), senders_fault=_fault(report.bounces))
    mine = _about(report.bounces, str(reader.address))
    if mine is None:
        return Taken(vouched=True)
    bounces.add(c, digest, _kept(mine, delivery, reader, source, now))
    if delivery is not None:
        # what is reported on was handed over, whatever we know of it
        moves.settle_doubt(c, delivery, reason="it came back", now=now)
    barred = bar(c, reader, rules.policy, now, detail=plain(mine.diagnostic))
    return Taken(
        bounces=len(report.bounces), vouched=True, barred=barred, senders_fault=_fault(report.bounces)
    )


ASKING = re.compile(
    rb"^subject:[ \t]*(?:re:[ \t]*)?unsubscribe[ \t]+(v1\.u\.[0-9a-z.]{1,200})[ \t]*\r?$",
    re.IGNORECASE | re.MULTILINE,
)
"""The subject of a mail that the address to leave by brings: the word, and the token of its letter."""


def asks_to_leave(octets: bytes, rules: Rules) -> str:
    """Whose token stands in the subject of a mail to the address to leave by: only their letters have it."""
    head = octets[:HEAD].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    found = ASKING.search(head)
    return (found and rules.links.read(Purpose.UNSUBSCRIBE, found[1].decode("ascii"))) or ""


def _delivery(report: Report, rules: Rules) -> DeliveryId | None:
    """The delivery that a return path of ours names."""
    named = (read_address(rules.key, address) for address in (*report.addressed_to, *report.returned_from))
    return next((delivery for delivery in named if delivery is not None), None)


def _reader(c: Connection, report: Report, rules: Rules, delivery: DeliveryId | None) -> Subscriber | None:
    """Whose letter it was: by the return path, or by the link to leave that stood in it."""
    if delivery is not None:
        return subscribers.by_id(c, delivery.subscriber)
    for token in _link_tokens(report.unsubscribe):
        name = rules.links.read(Purpose.UNSUBSCRIBE, token)
        if name is not None:
            return preferences.by_name(c, name)
    return None


def _link_tokens(header: str) -> Iterator[str]:
    """What may be a token in a List-Unsubscribe header (RFC 2369 section 3.2)."""
    for piece in header.split(","):
        url = piece.strip().strip("<>")
        if url.startswith(("http://", "https://")):
            yield urlsplit(url).path.rpartition("/")[2]


def _about(found: Sequence[Bounce], address: str) -> Bounce | None:
    """What a report says of the one reader it is about; one that forwards is named by another address."""
    same = [one for one in found if address.casefold() in {one.recipient.casefold(), one.original.casefold()}]
    return next(iter(same or found), None)


def _kept(
    bounce: Bounce, delivery: DeliveryId | None, reader: Subscriber | None, source: str, now: datetime
) -> KeptBounce:
    return KeptBounce(
        delivery=delivery,
        subscriber=None if reader is None else reader.id,
        address_hash="",
        kind=BounceKind.OTHER if bounce.is_senders_fault else bounce.kind,
        status=plain(bounce.status),
        rule=plain(bounce.rule),
        diagnostic=plain(bounce.diagnostic),
        source=source,
        vouched=reader is not None,
        at=now,
    )


def bar(
    c: Connection,
    reader: Subscriber,
    policy: BouncePolicy,
    now: datetime,
    *,
    source: str = "bounces",
    detail: str = "",
) -> Barred | None:
    """Bar a reader whose history asks for it; *source* is who told of the last of it, *detail* what."""
    history = [
        Past(at=kept.at, kind=kept.kind) for kept in bounces.of_subscriber(c, reader.id) if kept.vouched
    ]
    cleared = bounces.last_success(c, reader.id, now - SETTLED)
    barred = verdict(history, now, policy, cleared_at=cleared)
    if barred is not None:
        hashed = subscribers.hash_of(c, reader.id)
        suppressions.suppress(c, hashed, str(barred), now, source=source, detail=detail)
        for waiting in preferences.waiting(c, reader.id):
            moves.decide(c, waiting.id, DeliveryState.SUPPRESSED, reason=str(barred), now=now)
    return barred


def _fault(found: Sequence[Bounce]) -> str:
    """The first words of a server that finds fault with us."""
    return next((plain(one.diagnostic) or str(one.meaning) for one in found if one.is_senders_fault), "")


def plain(text: str) -> str:
    """A stranger's words without what moves a terminal or ends a text in a database."""
    return "".join(each if each.isprintable() else " " for each in text)[:DIAGNOSTIC]
