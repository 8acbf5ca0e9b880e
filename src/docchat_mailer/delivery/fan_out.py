"""From an edition to deliveries: every follower gets one row, and the audience is frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.failpoints import failpoint
from docchat_mailer.model.publication import Edition, EditionState, Publication
from docchat_mailer.model.slugs import slugify
from docchat_mailer.store import editions, fan_out, publications, revisions
from docchat_mailer.store.database import Connection, Database

NO_TIME = timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class FannedOut:
    """An edition whose audience was frozen, and how many it has."""

    edition: int
    publication: int
    candidates: int


def fan_out_due(
    db: Database, now: datetime, *, canary: float = 0.0, grace: timedelta = NO_TIME
) -> list[FannedOut]:
    """Fan out every edition whose publication has been live for *grace*, oldest first.

    Each has a transaction of its own.
    """
    with db.read() as c:
        waiting = editions.to_fan_out(c, now - grace if grace else None)
    done = (_fan_out(db, edition, now, canary) for edition in waiting)
    return [edition for edition in done if edition is not None]


def _fan_out(db: Database, edition: Edition, now: datetime, canary: float) -> FannedOut | None:
    """Fan out one edition; None where it was fanned out, paused or cancelled since it was seen waiting.

    The audience is counted and then written: both must see the same readers.
    """

    def freeze(c: Connection) -> FannedOut | None:
        seen = editions.get_edition(c, edition.id)
        if seen.prepared_at is not None or seen.state is not EditionState.PREPARED:
            return None
        publication = publications.get_publication(c, edition.publication)
        tags = tags_of(c, publication)
        candidates = fan_out.fan_out(
            c, edition.id, publication.series, tags, now, kind=publication.kind, canary=canary
        )
        failpoint("plan.before_commit")
        return FannedOut(edition=edition.id, publication=publication.id, candidates=candidates)

    done = db.retrying(freeze, one_moment=True)
    failpoint("plan.after_commit")
    return done


def tags_of(c: Connection, publication: Publication) -> list[str]:
    """The slugs of the tags a publication is filed under, whose followers get its edition."""
    tags = revisions.revisions_of(c, [publication.id])[publication.id].tags
    return sorted({slugify(tag) for tag in tags})
