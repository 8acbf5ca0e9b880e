"""The ledger, person by person, for the operator's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from docchat_mailer.delivery.addressing import edition_key
from docchat_mailer.letter.identifiers import message_id
from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.series import part_key
from docchat_mailer.model.subscriber import Address
from docchat_mailer.rules.queue_ids import queue_id
from docchat_mailer.store import accounting, editions, publications, revisions
from docchat_mailer.store.accounting import Line
from docchat_mailer.store.database import Connection, Database

PAGE = 1000
"""Rows read in one transaction: a reader holds nobody up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A *line* of the ledger, with the *part* (``series/number``) and kind its edition carries.

    *revision* is the number of what was sent, *content_hash* the SHA-256 of what it says.
    """

    line: Line
    part: str
    kind: Kind
    revision: int
    content_hash: str
    edition_key: str

    def message_id(self, key: bytes, domain: str) -> str:
        """The Message-ID, in angle brackets, that this letter has or gets; *key* is the site's secret."""
        line = self.line
        return message_id(key, self.edition_key, line.token_id, line.id.occasion, domain)

    @property
    def queue_id(self) -> str:
        """The name under which the relay took the letter; empty where it took none, or named none."""
        line = self.line
        return queue_id(line.text) if line.state is DeliveryState.ACCEPTED and line.code else ""


def read_ledger(
    db: Database,
    *,
    state: DeliveryState | None = None,
    edition: int | None = None,
    address: Address | None = None,
    limit: int | None = None,
) -> Iterator[Told]:
    """Every delivery that fits, by edition and subscriber, at most *limit*; one page is held at a time."""
    yield from islice(_lines(db, state=state, edition=edition, address=address), limit)


def _lines(
    db: Database, *, state: DeliveryState | None, edition: int | None, address: Address | None
) -> Iterator[Told]:
    after = None
    while True:
        with db.read() as c:
            page = accounting.lines(c, state=state, edition=edition, address=address, after=after, limit=PAGE)
            carried = {number: _carried(c, number) for number in {line.id.edition for line in page}}
        for line in page:
            yield Told(line=line, **carried[line.id.edition])
        if len(page) < PAGE:
            return
        after = page[-1].id


def _carried(c: Connection, number: int) -> dict[str, Any]:
    """What all lines of an edition share."""
    edition = editions.get_edition(c, number)
    publication = publications.get_publication(c, edition.publication)
    return {
        "part": part_key(publication.series, publication.number),
        "kind": publication.kind,
        "revision": edition.revision,
        "content_hash": revisions.content_hash(c, publication.id, edition.revision),
        "edition_key": edition_key(publication, edition.audience),
    }
