"""What is one reader's own in a letter: address, links, ids, date, and why they get it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from functools import cache, lru_cache

from docchat_mailer.dsn.verp import return_path
from docchat_mailer.letter.compiling import Compiled
from docchat_mailer.letter.fields import Field
from docchat_mailer.letter.headers import mailbox
from docchat_mailer.letter.identifiers import message_id
from docchat_mailer.letter.splicing import splice
from docchat_mailer.model.delivery import DeliveryId, Letter, Sign
from docchat_mailer.model.publication import FOLLOWERS, Kind, Publication
from docchat_mailer.model.site import Sender
from docchat_mailer.model.slugs import slugify
from docchat_mailer.model.subscriber import Follow, Subscriber
from docchat_mailer.model.tokens import Purpose, make_token
from docchat_mailer.rules.audience import may_receive
from docchat_mailer.store import editions, publications, revisions
from docchat_mailer.store.database import Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """An edition ready to be addressed: its letter, and what every reader's copy is made with.

    *plain* is for those who want text only, where there is such a letter; *key* signs Message-IDs and return
    paths, and links where *link_key* is empty; *root* is the edition key of part 1's release, empty where
    this letter answers nothing; *sign* makes the lines that go in front of messages.
    """

    compiled: Compiled
    plain: Compiled | None
    edition_key: str
    root: str
    series: str
    tags: tuple[str, ...]
    key: bytes
    sender: Sender
    why: Callable[[Follow | None], str]
    sign: Sign | None = None
    link_key: bytes = b""

    def addressed_to(
        self, id_: DeliveryId, reader: Subscriber, dated_at: datetime, asked: str = ""
    ) -> Letter:
        """The letter to one reader; *asked* is the random name of the request that it asks back about.

        Raises ValueError where a value of theirs cannot stand in a mail.
        """
        letter = self._unsigned(id_, reader, dated_at, asked)
        return letter if self.sign is None else self._signed(self.sign, [(letter, dated_at)])[0]

    def addressed(
        self, rows: Sequence[tuple[DeliveryId, Subscriber, datetime, str]]
    ) -> dict[DeliveryId, Letter | ValueError]:
        """The letters to several readers, or why one cannot be made; they are signed in one go."""
        made: dict[DeliveryId, Letter | ValueError] = {}
        dated: list[tuple[Letter, datetime]] = []
        for id_, reader, dated_at, asked in rows:
            try:
                made[id_] = letter = self._unsigned(id_, reader, dated_at, asked)
                dated.append((letter, dated_at))
            except ValueError as exc:
                made[id_] = exc
        if self.sign is not None:
            made |= {letter.id: letter for letter in self._signed(self.sign, dated)}
        return made

    @staticmethod
    def _signed(sign: Sign, dated: Sequence[tuple[Letter, datetime]]) -> list[Letter]:
        fields = sign([(letter.message, dated_at) for letter, dated_at in dated])
        pairs = zip(fields, dated, strict=True)
        return [replace(letter, message=field + letter.message) for field, (letter, _) in pairs]

    def _unsigned(self, id_: DeliveryId, reader: Subscriber, dated_at: datetime, asked: str) -> Letter:
        values = self._values(id_, reader, dated_at, asked)
        return Letter(
            id=id_,
            sender=self._return_path(id_),
            recipient=reader.address,
            message=splice(self.plain if self.plain and reader.text_only else self.compiled, values),
            envelope_id=values[Field.MESSAGE_ID].partition("@")[0].removeprefix("<"),
            vouched=True,  # what `splice` makes has CRLF throughout, and no line begins with a dot
        )

    def _values(
        self, id_: DeliveryId, reader: Subscriber, dated_at: datetime, asked: str
    ) -> Mapping[Field, str]:
        links = self.link_key or self.key
        values = {
            Field.TO: mailbox(reader.name, str(reader.address)),
            Field.DATE: _date(dated_at),
            Field.MESSAGE_ID: self._message_id(self.edition_key, reader, id_.occasion),
            Field.REFERENCES: self._message_id(self.root, reader, 0) if self.root else "",
            Field.UNSUBSCRIBE: make_token(links, Purpose.UNSUBSCRIBE, reader.token_id),
            Field.WHY: self.why(_reason(reader.follows, self.series, self.tags)),
        }
        if Field.PREFERENCES in self.compiled.fields:
            values[Field.PREFERENCES] = make_token(links, Purpose.PREFERENCES, reader.token_id)
        if Field.VIEW in self.compiled.fields:
            values[Field.VIEW] = make_token(links, Purpose.VIEW, str(id_.edition))
        if asked:
            values[Field.CONFIRM] = make_token(links, Purpose.CONFIRM, asked)
        return values

    def message_id(self, reader: str, occasion: int = 0) -> str:
        """The Message-ID, in angle brackets, of the letter to the reader with the random name *reader*."""
        return message_id(self.key, self.edition_key, reader, occasion, self.sender.domain)

    def _return_path(self, id_: DeliveryId) -> str:
        """Where bounces go: to an address that names this delivery, where a domain takes them."""
        domain = self.sender.bounce_domain
        return return_path(self.key, id_, domain) if domain else self.sender.address

    def _message_id(self, edition_key: str, reader: Subscriber, occasion: int) -> str:
        return message_id(self.key, edition_key, reader.token_id, occasion, self.sender.domain)


def envelope_for(
    c: Connection,
    edition_id: int,
    *,
    key: bytes,
    sender: Sender,
    why: Callable[[Follow | None], str],
    sign: Sign | None = None,
    link_key: bytes = b"",
) -> Envelope:
    """Everything that is the same for all readers of an edition."""
    edition = editions.get_edition(c, edition_id)
    publication = publications.get_publication(c, edition.publication)
    tags = revisions.revisions_of(c, [publication.id])[publication.id].tags
    return Envelope(
        compiled=Compiled.unpack(editions.edition_body(c, edition_id)),
        plain=Compiled.unpack(plain) if (plain := editions.plain_body(c, edition_id)) else None,
        edition_key=edition_key(publication, edition.audience),
        root=_root(c, publication) if sender.keeps_ids else "",
        series=publication.series,
        tags=tuple(slugify(tag) for tag in tags),
        key=key,
        link_key=link_key,
        sender=sender,
        why=cache(why),
        sign=sign,
    )


@lru_cache(maxsize=16)
def _date(dated_at: datetime) -> str:
    """The Date header (RFC 5322 section 3.3); the letters of a window share it."""
    return format_datetime(dated_at)


@lru_cache(maxsize=1024)
def _reason(follows: tuple[Follow, ...], series: str, tags: tuple[str, ...]) -> Follow | None:
    """Why somebody gets it; most readers of an edition follow the same."""
    return may_receive(follows, series, tags)


def _root(c: Connection, publication: Publication) -> str:
    """What later letters of a series answer: part 1's release, which has one id for every reader."""
    first = publications.find_publication(c, publication.series, 1, Kind.RELEASE)
    if first is None or first.id == publication.id:
        return ""
    return edition_key(first, FOLLOWERS)


def edition_key(publication: Publication, audience: str) -> str:
    """What names a publication's edition to an *audience* for ever; its Message-IDs are made of it."""
    return f"{publication.entry_id}|{audience}"
