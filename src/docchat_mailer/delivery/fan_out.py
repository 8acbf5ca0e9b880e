"""From an edition to deliveries: every follower gets one row, and the audience is frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from docchat_mailer.failpoints import failpoint
from docchat_mailer.model.publication import Edition, Publication
from docchat_mailer.model.slugs import slugify
from docchat_mailer.store import editions, fan_out, publications, revisions
from docchat_mailer.store.database import Connection, Database


@dataclass(frozen=True, kw_only=True, slots=True)
class FannedOut:
    """An edition whose audience was frozen, and how many it has."""

    edition: int
    publication: int
    candidates: int


def fan_out_due(db: Database, now: datetime, *, canary: float = 0.0) -> list[FannedOut]:
    """Fan out every edition whose publication is live, oldest first, each in a transaction of its own."""
    with db.read() as c:
        waiting = editions.to_fan_out(c)
    done = (_fan_out(db, edition, now, canary) for edition in waiting)
    return [edition for edition in done if edition is not None]


def _fan_out(db: Database, edition: Edition, now: datetime, canary: float) -> FannedOut | None:
    """Fan out one edition; None where another process did so since it was seen waiting.

    The audience is counted and then written: both must see the same readers.
    """

    def freeze(c: Connection) -> FannedOut | None:
        if editions.get_edition(c, edition.id).prepared_at is not None:
            return None
        publication = publications.get_publication(c, edition.publication)
        tags = _tags(c, publication)
        candidates = fan_out.fan_out(c, edition.id, publication.series, tags, now, canary=canary)
        failpoint("plan.before_commit")
        return FannedOut(edition=edition.id, publication=publication.id, candidates=candidates)

    done = db.retrying(freeze, one_moment=True)
    failpoint("plan.after_commit")
    return done


def _tags(c: Connection, publication: Publication) -> list[str]:
    tags = revisions.revisions_of(c, [publication.id])[publication.id].tags
    return sorted({slugify(tag) for tag in tags})
