"""Editions: one mailing of one revision to one audience, with its compiled letter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select, update

from docchat_mailer.model.publication import Edition, EditionState, Kind
from docchat_mailer.rules.printing import printable
from docchat_mailer.store.schema import edition_bodies, editions as table, publications

NOTICE = "notice:"
"""What the series of a notice begins with; no series of posts is called so."""

HTML = "html"
"""The usual variant of a letter: text and HTML."""

PLAIN = "plain"
"""The variant for those who want text only."""


def insert_edition(
    c: Connection,
    *,
    publication_id: int,
    revision: int,
    audience: str,
    at: datetime,
    subject: str,
    body: bytes,
    plain: bytes = b"",
    standing: bool = False,
) -> Edition:
    """Prepare a mailing; a second one of the same publication to the same audience is refused.

    *plain* is the letter of those who want text only; without it they get *body*.  A *standing* one takes
    readers from now on.
    """
    inserted = c.execute(
        insert(table).values(
            publication_id=publication_id,
            revision=revision,
            audience=audience,
            subject=subject,
            state=EditionState.PREPARED,
            created_at=at,
            prepared_at=at if standing else None,
            canary_passed_at=at if standing else None,
            standing=standing,
            candidates=0,
        )
    ).inserted_primary_key
    if inserted is None:
        raise RuntimeError("the database gave no key for the edition")
    bodies = {HTML: body, PLAIN: plain}
    rows = [
        {"edition_id": inserted[0], "variant": name, "body": held} for name, held in bodies.items() if held
    ]
    c.execute(insert(edition_bodies), rows)
    return get_edition(c, int(inserted[0]))


def get_edition(c: Connection, edition_id: int) -> Edition:
    """The edition with that id.

    Raises LookupError where there is none.
    """
    row = c.execute(select(table).where(table.c.id == edition_id)).first()
    if row is None:
        raise LookupError(f"there is no edition {edition_id}")
    return _edition(row)


def editions(c: Connection) -> list[Edition]:
    """Every edition, oldest first."""
    return _editions(c, select(table))


def edition_for(c: Connection, publication_id: int, audience: str) -> Edition | None:
    """The edition of a publication to an audience."""
    query = select(table).where(table.c.publication_id == publication_id, table.c.audience == audience)
    row = c.execute(query).first()
    return None if row is None else _edition(row)


def standing(c: Connection, notice: str) -> int | None:
    """The edition of a notice that readers are added to: the newest, for one made anew takes its place."""
    query = (
        select(table.c.id)
        .join(publications, publications.c.id == table.c.publication_id)
        .where(
            publications.c.series == f"{NOTICE}{notice}",
            publications.c.kind == Kind.NOTICE,
            table.c.standing,
            table.c.state == EditionState.PREPARED,
        )
        .order_by(table.c.id.desc())
        .limit(1)
    )
    return c.execute(query).scalar()


def to_fan_out(c: Connection, live_by: datetime | None = None) -> list[Edition]:
    """Editions whose publication is live and whose audience is not frozen yet, oldest first.

    With *live_by* only those that were live at that instant.
    """
    query = select(table).join(publications, publications.c.id == table.c.publication_id)
    query = query.where(*_waits_for_fan_out())
    return _editions(c, query if live_by is None else query.where(publications.c.live_at <= live_by))


def next_live(c: Connection, after: datetime) -> datetime | None:
    """The first instant after *after* at which an edition that is not fanned out yet came to be live."""
    query = select(func.min(publications.c.live_at)).join(table, table.c.publication_id == publications.c.id)
    return c.execute(query.where(*_waits_for_fan_out(), publications.c.live_at > after)).scalar()


def _waits_for_fan_out() -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.prepared_at.is_(None),
        table.c.state == EditionState.PREPARED,
        publications.c.live_at.is_not(None),
    )


def edition_body(c: Connection, edition_id: int, variant: str = HTML) -> bytes:
    """The compiled letter, packed by the caller.

    Raises LookupError where there is none.
    """
    bodies = edition_bodies.c
    packed = c.execute(
        select(bodies.body).where(bodies.edition_id == edition_id, bodies.variant == variant)
    ).scalar()
    if packed is None:
        raise LookupError(f"edition {edition_id} has no letter")
    return bytes(packed)


def found_body(c: Connection, edition_id: int) -> bytes | None:
    """The usual letter of an edition, if there is such an edition."""
    bodies = edition_bodies.c
    return c.execute(
        select(bodies.body).where(bodies.edition_id == edition_id, bodies.variant == HTML)
    ).scalar()


def plain_body(c: Connection, edition_id: int) -> bytes | None:
    """The compiled letter of those who want text only; None where they get the usual one."""
    bodies = edition_bodies.c
    return c.execute(
        select(bodies.body).where(bodies.edition_id == edition_id, bodies.variant == PLAIN)
    ).scalar()


def set_edition_state(c: Connection, edition_id: int, state: EditionState) -> None:
    """Pause an edition, cancel it, or let it go on."""
    c.execute(update(table).where(table.c.id == edition_id).values(state=state))


def pause(c: Connection, edition_id: int, reason: str) -> bool:
    """Stop an edition that is under way, for *reason*; False where somebody stopped it before."""
    done = c.execute(
        update(table)
        .where(table.c.id == edition_id, table.c.state == EditionState.PREPARED)
        .values(state=EditionState.PAUSED, reason=printable(reason))
    )
    return done.rowcount == 1


def resume(c: Connection, edition_id: int) -> bool:
    """Let a paused edition go on; False where it is not paused."""
    done = c.execute(
        update(table)
        .where(table.c.id == edition_id, table.c.state == EditionState.PAUSED)
        .values(state=EditionState.PREPARED, reason=None)
    )
    return done.rowcount == 1


def _editions(c: Connection, query: Select[Any]) -> list[Edition]:
    return [_edition(row) for row in c.execute(query.order_by(table.c.id))]


def _edition(row: Row[Any]) -> Edition:
    return Edition(
        id=row.id,
        publication=row.publication_id,
        revision=row.revision,
        audience=row.audience,
        state=EditionState(row.state),
        prepared_at=row.prepared_at,
        candidates=row.candidates,
        reason=row.reason or "",
        standing=row.standing,
    )
