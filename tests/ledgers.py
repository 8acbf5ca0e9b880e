"""A database with publications, editions and readers, for tests of the ledger: one line each."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from docchat_mailer.letter.compiling import Compiled, compile_letter
from docchat_mailer.letter.fields import Field, sentinels
from docchat_mailer.letter.headers import Header, unstructured
from docchat_mailer.model.delivery import DeliveryId, DeliveryState
from docchat_mailer.model.publication import FOLLOWERS, Change, Edition, Kind, Promise, Publication, Revision
from docchat_mailer.model.site import Sender
from docchat_mailer.model.subscriber import Address, Follow, Scope, SubscriberState
from docchat_mailer.store import accounting, editions, fan_out, publications
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.subscribers import NewSubscriber, add_subscribers

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
EVERYTHING = (Follow(Scope.SITE),)
KEY = b"k" * 32
SENDER = Sender(
    name="DocChat",
    address="letters@docchat.example",
    reply_to="",
    domain="docchat.example",
    list_name="DocChat",
    web_url="https://docchat.example",
)


def a_letter(text: str = "Hello.") -> Compiled:
    """A compiled letter with every place that differs from reader to reader."""
    marks = sentinels(b"ledgers")
    token = marks.token
    headers = (
        Header("From", "DocChat <letters@docchat.example>"),
        Header("To", token(Field.TO)),
        unstructured("Subject", "Massage Part 1"),
        Header("Date", token(Field.DATE)),
        Header("Message-ID", token(Field.MESSAGE_ID)),
        Header("References", token(Field.REFERENCES)),
        Header("List-Unsubscribe", f"<https://docchat.example/u/{token(Field.UNSUBSCRIBE)}>"),
    )
    tail = f"{token(Field.WHY)} https://docchat.example/u/{token(Field.UNSUBSCRIBE)}"
    return compile_letter(headers, f"{text}\n{tail}\n", f"<p>{text}</p><p>{tail}</p>", marks, b"seed")


def a_revision(number: int = 1, *, tags: tuple[str, ...] = (), at: datetime = NOW) -> Revision:
    return Revision(
        number=number,
        title="Massage Part 1",
        bare_title="Benefits",
        summary="",
        language="en",
        author="DocChat",
        tags=tags,
        picture=None,
        enclosure=None,
        content_hash="0" * 64,
        source_digest="",
        change=Change.FIRST if number == 1 else Change.MINOR,
        at=at,
        html="<p>Hello.</p>",
        text="Hello.",
    )


def publish(
    c: Connection,
    number: int = 1,
    *,
    series: str = "massage",
    kind: Kind = Kind.RELEASE,
    tags: tuple[str, ...] = (),
    promises: tuple[Promise, ...] = (),
    live: bool = True,
) -> Publication:
    """Make part *number* of *series* public."""
    at = NOW + timedelta(seconds=number)
    return publications.insert_publication(
        c,
        series=series,
        number=number,
        kind=kind,
        slug=f"{series}-{number}",
        entry_id=f"tag:docchat.example,2027:{series}/{number}/{kind}",
        permalink=False,
        path=f"/s/{series}/{number}/{kind}/",
        aliases=("/old/",),
        published_at=at,
        updated_at=at + timedelta(microseconds=abs(zlib.crc32(f"{series} {kind}".encode())) % 10**6),
        slot=at,
        live_at=at if live else None,
        promises=promises,
        revision=a_revision(tags=tags),
    )


def mail(c: Connection, publication: Publication, audience: str = FOLLOWERS) -> Edition:
    """Prepare the mailing of a publication."""
    return editions.insert_edition(
        c,
        publication_id=publication.id,
        revision=1,
        audience=audience,
        at=NOW,
        subject="Massage Part 1",
        body=a_letter().pack(),
    )


def reader(
    number: int,
    follows: Iterable[Follow] = EVERYTHING,
    *,
    state: SubscriberState = SubscriberState.ACTIVE,
    local: str = "",
    name: str = "",
) -> NewSubscriber:
    """Reader *number*, who follows everything unless told otherwise."""
    return NewSubscriber(
        address=Address(local=local or f"reader{number}", domain="example.org"),
        name=name,
        token_id=f"{number:016x}",
        follows=tuple(follows),
        state=state,
        at=NOW,
        address_hash=hash_of(number),
    )


def hash_of(number: int) -> str:
    """The keyed hash of reader *number*'s address."""
    return f"hash{number}"


def fanned_out(db: Database, readers: int = 1, parts: int = 1) -> list[DeliveryId]:
    """*parts* releases of one series, fanned out to *readers* followers of everything; all their rows."""
    with db.write() as c:
        add_subscribers(c, [reader(number) for number in range(1, readers + 1)])
        for number in range(1, parts + 1):
            edition = mail(c, publish(c, number))
            fan_out.fan_out(c, edition.id, "massage", [], NOW)
        return [line.id for line in accounting.lines(c, limit=10**6)]


def states(db: Database) -> dict[DeliveryId, DeliveryState]:
    """Where every row stands."""
    with db.read() as c:
        return {line.id: line.state for line in accounting.lines(c, limit=10**6)}
