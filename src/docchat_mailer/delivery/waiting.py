"""Mail that waits for its grace: what is live and not fanned out yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.delivery.fan_out import tags_of
from docchat_mailer.model.publication import Kind
from docchat_mailer.store import editions, publications, subscribers
from docchat_mailer.store.database import Connection, Database


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingMail:
    """An edition that goes out *at* an instant, to so many *readers* if it were now."""

    edition: int
    series: str
    number: int
    kind: Kind
    at: datetime
    readers: int


def waiting_mail(db: Database, grace: timedelta) -> list[WaitingMail]:
    """Every edition whose publication is live and that waits for the end of its *grace*, oldest first."""
    with db.read() as c:
        found = (_waiting(c, edition.id, edition.publication, grace) for edition in editions.to_fan_out(c))
        return [each for each in found if each is not None]


def _waiting(c: Connection, edition: int, publication_id: int, grace: timedelta) -> WaitingMail | None:
    publication = publications.get_publication(c, publication_id)
    if publication.live_at is None:
        return None
    at, tags = publication.live_at + grace, tags_of(c, publication)
    return WaitingMail(
        edition=edition,
        series=publication.series,
        number=publication.number,
        kind=publication.kind,
        at=at,
        readers=subscribers.count_followers(c, publication.series, tags, at, kind=publication.kind),
    )
