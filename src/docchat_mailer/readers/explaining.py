"""Why somebody did or did not get a part: the ledger's word first, then what keeps them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from docchat_mailer.errors import UsageError
from docchat_mailer.model.publication import Edition, Kind, Publication
from docchat_mailer.model.series import part_key
from docchat_mailer.model.slugs import slugify
from docchat_mailer.model.subscriber import Address, Subscriber
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.rules.audience import decide
from docchat_mailer.store import accounting, editions, publications, subscribers, suppressions
from docchat_mailer.store.accounting import Line
from docchat_mailer.store.database import Connection, Database
from docchat_mailer.store.revisions import revisions_of

MAILED = (Kind.RELEASE, Kind.ANNOUNCEMENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Why somebody got a part or did not; *state* is that of their row, empty where there is none."""

    part: str
    kind: str
    state: str
    why: str

    def plain(self) -> dict[str, str]:
        """As plain values."""
        return {"part": self.part, "kind": self.kind, "state": self.state, "why": self.why}

    def __str__(self) -> str:
        """A line to read."""
        return f"{self.part} {self.kind}: {self.state or 'not sent'} - {self.why}"


def explain(db: Database, address: Address, part: str | None, *, key: bytes, now: datetime) -> list[Answer]:
    """Why the person with *address* did or did not get *part* (``series/number``), or each that is out.

    Raises UsageError for a part that is not out.
    """
    with db.read() as c:
        person = subscribers.find_subscriber(c, address)
        barred = bool(suppressions.suppressed(c, [address_hash(key, address)]))
        found = _asked(c, part)
        rows = {} if person is None else {line.id.edition: line for line in _rows(c, address)}
        mailed = {one.publication: one for one in editions.editions(c) if not one.standing}
        tags = revisions_of(c, [one.id for one in found])
        asking = _Asking(person=person, barred=barred, now=now)
        answers: list[Answer] = []
        for one in found:
            edition = mailed.get(one.id)
            row = None if edition is None else rows.get(edition.id)
            state, why = asking.why(one, edition, row, tuple(slugify(tag) for tag in tags[one.id].tags))
            answers.append(
                Answer(part=part_key(one.series, one.number), kind=str(one.kind), state=state, why=why)
            )
    return answers


def _asked(c: Connection, part: str | None) -> list[Publication]:
    """The publications that are asked about, oldest first."""
    series, _, number = (part or "").rpartition("/")
    found = [one for one in publications.all_publications(c, series or None) if one.kind in MAILED]
    if part is not None:
        found = [one for one in found if part == part_key(one.series, one.number)]
    if part is not None and not found:
        known = f"{number} is no part of {series} that is out" if series else "write SERIES/PART"
        raise UsageError(f"{part} has not been published", why=known, fix="see `docchat-mailer plan`")
    return sorted(found, key=lambda one: one.published_at)


def _rows(c: Connection, address: Address) -> Iterator[Line]:
    """The rows of one person, page by page."""
    after = None
    while page := accounting.lines(c, address=address, after=after):
        yield from page
        after = page[-1].id


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asking:
    """Whom it is about; nobody may have the address."""

    person: Subscriber | None
    barred: bool
    now: datetime

    def why(
        self, publication: Publication, edition: Edition | None, row: Line | None, tags: tuple[str, ...]
    ) -> tuple[str, str]:
        """The state of their row, and the reason in words."""
        if row is not None:
            return str(row.state), _told(row)
        if self.person is None:
            return "", f"nobody has this address{', and it is suppressed' if self.barred else ''}"
        if self.barred:
            return "", "the address is suppressed"
        if edition is None:
            return "", "it was mailed to nobody"
        return "", self._kept_out(self.person, publication, edition, tags)

    def _kept_out(
        self, person: Subscriber, publication: Publication, edition: Edition, tags: tuple[str, ...]
    ) -> str:
        since = max(person.created_at, person.confirmed_at or person.created_at)
        decision = decide(person, publication.series, tags, self.now, kind=publication.kind)
        by = "" if decision.by is None else f" ({decision.by.follow})"
        if edition.prepared_at is None:
            waits = "it is still to be mailed, and"
            return f"{waits} the reader {decision.because}{by}"
        if since > edition.prepared_at:
            return f"the reader joined later, on {since:%Y-%m-%d %H:%M} UTC"
        if decision.gets:
            return f"the reader {decision.because}{by} now, and did not when it was mailed"
        return f"the reader {decision.because}{by}"


def _told(row: Line) -> str:
    """What the ledger says of a letter."""
    at = f"{row.changed_at:%Y-%m-%d %H:%M} UTC"
    code = f"{row.code} {row.enhanced}".strip() if row.code else ""
    said = " - ".join(word for word in (row.reason, f"{code} {row.text}".strip()) if word)
    return f"{at}{f', {said}' if said else ''}"
