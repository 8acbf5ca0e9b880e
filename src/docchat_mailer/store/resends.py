"""Letters in doubt that are sent once more: chosen, kept for ever, and put back in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, exists, literal, or_, select, tuple_, update

from docchat_mailer.model.delivery import DeliveryId, DeliveryState
from docchat_mailer.model.publication import EditionState
from docchat_mailer.store.batches import IS_OPEN
from docchat_mailer.store.moves import fresh_batch
from docchat_mailer.store.schema import Instant, batches, deliveries, editions, resends as table
from docchat_mailer.store.upserting import insert_into

REASON = "sent once more: the answer to it never came"

KEY = (deliveries.c.edition_id, deliveries.c.subscriber_id, deliveries.c.occasion)


def doubtful(c: Connection, now: datetime, *, wait: timedelta, everywhere: bool) -> dict[int, list[int]]:
    """Batches by edition whose last doubt is *wait* old or older, of editions that may be sent.

    An edition with anything due is left out: what is in doubt comes last.  Not *everywhere*, only notices are
    looked for; of those each stands for itself, and nothing is waited for.
    """
    due = batches.alias("due")
    busy = exists().where(
        due.c.edition_id == batches.c.edition_id,
        due.c.state == "open",
        or_(due.c.not_before.is_(None), due.c.not_before <= now),
    )
    query = (
        select(batches.c.edition_id, batches.c.id)
        .join(editions, editions.c.id == batches.c.edition_id)
        .where(batches.c.doubtful_at <= now - wait, ~IS_OPEN, editions.c.state == EditionState.PREPARED)
        .where(or_(editions.c.standing, ~busy) if everywhere else editions.c.standing)
        .order_by(batches.c.id)
    )
    found: dict[int, list[int]] = {}
    for row in c.execute(query):
        found.setdefault(row.edition_id, []).append(row.id)
    return found


def send_once_more(
    c: Connection, edition: int, of: Sequence[int], *, since: datetime, now: datetime
) -> list[DeliveryId]:
    """Put the rows of these batches that are uncertain since *since* or later back, behind all others.

    A row that was put back before stays as it is.  Message-ID and Date stay: they are the same letters.
    Returns the rows put back.
    """
    wanted = select(*KEY, literal(now, Instant())).where(
        deliveries.c.batch_id.in_(list(of)),
        deliveries.c.state == DeliveryState.UNCERTAIN,
        deliveries.c.changed_at >= since,
    )
    chosen = _kept(c, wanted)
    c.execute(update(batches).where(batches.c.id.in_(list(of))).values(doubtful_at=None))
    if not chosen:
        return []
    done = c.execute(
        update(deliveries)
        .where(
            tuple_(*KEY).in_([tuple(id_) for id_ in chosen]), deliveries.c.state == DeliveryState.UNCERTAIN
        )
        .values(
            state=DeliveryState.PENDING,
            token=None,
            batch_id=fresh_batch(c, edition, not_before=None),
            reason=REASON,
            changed_at=now,
        )
        .returning(*KEY)
    )
    return [DeliveryId(*row) for row in done]


def _kept(c: Connection, wanted: Select[*tuple[object, ...]]) -> list[DeliveryId]:
    """Those of the *wanted* rows that nobody sent once more before; from now on they are kept."""
    names = ["edition_id", "subscriber_id", "occasion", "at"]
    statement = insert_into(c, table).from_select(names, wanted).on_conflict_do_nothing()
    made = c.execute(statement.returning(table.c.edition_id, table.c.subscriber_id, table.c.occasion))
    return [DeliveryId(*row) for row in made]
