"""The ledger, person by person, for the operator's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.publication import Kind
from docchat_mailer.model.series import part_key
from docchat_mailer.model.subscriber import Address
from docchat_mailer.store import accounting, editions, publications
from docchat_mailer.store.accounting import Line
from docchat_mailer.store.database import Connection, Database

PAGE = 1000
"""Rows read in one transaction: a reader holds nobody up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A *line* of the ledger, with the *part* (``series/number``) and kind its edition carries."""

    line: Line
    part: str
    kind: Kind


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
            part, kind = carried[line.id.edition]
            yield Told(line=line, part=part, kind=kind)
        if len(page) < PAGE:
            return
        after = page[-1].id


def _carried(c: Connection, edition: int) -> tuple[str, Kind]:
    publication = publications.get_publication(c, editions.get_edition(c, edition).publication)
    return part_key(publication.series, publication.number), publication.kind
