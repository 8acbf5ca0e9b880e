"""Deliveries are claimed in batches; addresses know who runs their mailbox; paces are shared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from docchat_mailer.model.destinations import destination_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SIZE = 500
"""Rows of a batch."""


def upgrade() -> None:
    """Make the tables; what waits goes on in batches, and is due at once."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("canary", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("source_batch", sa.Integer(), nullable=True),
        sa.Column("slot", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("takeovers", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done')", name=op.f("ck_batches_state")),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_batches_edition_id")),
        sa.ForeignKeyConstraint(["source_batch"], ["batches.id"], name=op.f("fk_batches_source_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint(
            "edition_id", "destination", "number", name=op.f("uq_batches_edition_id_destination_number")
        ),
        sa.UniqueConstraint("source_batch", "slot", name=op.f("uq_batches_source_batch_slot")),
    )
    still_open = sa.text("state = 'open'")
    op.create_index(
        "ix_batches_open",
        "batches",
        ["edition_id", "id"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("ix_batches_edition_id", "batches", ["edition_id"])
    op.create_table(
        "paces",
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("tat", sa.BigInteger(), nullable=True),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("route", "destination", name=op.f("pk_paces")),
    )
    for column in (
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("canary_until", sa.BigInteger(), nullable=True),
        sa.Column("canary_passed_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("editions", column)
    op.add_column("subscribers", sa.Column("domain", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscribers", sa.Column("destination", sa.Text(), nullable=False, server_default="other"))
    op.drop_index("ix_deliveries_open", "deliveries")
    op.drop_column("deliveries", "not_before")
    op.add_column("deliveries", sa.Column("batch_id", sa.Integer(), nullable=True))
    op.add_column("deliveries", sa.Column("relay", sa.Text(), nullable=True))
    op.create_index("ix_deliveries_batch_id", "deliveries", ["batch_id"])
    _name_domains()
    _batch_what_waits()


def _name_domains() -> None:
    c = op.get_bind()
    people = sa.table("subscribers", sa.column("id"), sa.column("address"), sa.column("domain"))
    rename = sa.text("UPDATE subscribers SET domain = :domain, destination = :destination WHERE id = :id")
    after = 0
    while True:
        query = sa.select(people.c.id, people.c.address).where(people.c.id > after)
        page = c.execute(query.order_by(people.c.id).limit(10_000)).all()
        if not page:
            return
        domains = [(row.id, row.address.rpartition("@")[2].lower()) for row in page]
        c.execute(
            rename,
            [{"id": i, "domain": domain, "destination": destination_of(domain)} for i, domain in domains],
        )
        after = page[-1].id


def _batch_what_waits() -> None:
    c = op.get_bind()
    rows = sa.table("deliveries", sa.column("edition_id"), sa.column("subscriber_id"), sa.column("state"))
    waits = rows.c.state.in_(("pending", "sending"))
    for edition in c.execute(sa.select(rows.c.edition_id).where(waits).distinct()).scalars().all():
        after, number = 0, 0
        while True:
            people = sa.select(rows.c.subscriber_id).where(rows.c.edition_id == edition, waits)
            page = people.where(rows.c.subscriber_id > after).order_by(rows.c.subscriber_id).limit(SIZE)
            readers = c.execute(page).scalars().all()
            if not readers:
                break
            _batch(c, edition, number, (after, readers[-1]))
            after, number = readers[-1], number + 1


def _batch(c: sa.Connection, edition: int, number: int, readers: tuple[int, int]) -> None:
    """One batch of the open rows of an edition whose reader is above the first and up to the last."""
    values = {"edition": edition, "number": number, "after": readers[0], "last": readers[1], "no": False}
    batch = c.execute(
        sa.text(
            "INSERT INTO batches"
            " (edition_id, destination, number, canary, state, takeovers, accepted, rejected, policy)"
            " VALUES (:edition, 'other', :number, :no, 'open', 0, 0, 0, 0) RETURNING id"
        ),
        values,
    ).scalar_one()
    c.execute(
        sa.text(
            "UPDATE deliveries SET batch_id = :batch WHERE edition_id = :edition"
            " AND subscriber_id > :after AND subscriber_id <= :last AND state IN ('pending', 'sending')"
        ),
        {"batch": batch, **values},
    )


def downgrade() -> None:
    """Take the tables away; deliveries that wait are due at once."""
    op.drop_index("ix_deliveries_batch_id", "deliveries")
    op.drop_column("deliveries", "relay")
    op.drop_column("deliveries", "batch_id")
    op.add_column("deliveries", sa.Column("not_before", sa.BigInteger(), nullable=True))
    still_open = sa.text("state IN ('pending', 'sending')")
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["edition_id", "subscriber_id"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.drop_column("subscribers", "destination")
    op.drop_column("subscribers", "domain")
    for name in ("canary_passed_at", "canary_until", "reason"):
        op.drop_column("editions", name)
    op.drop_table("paces")
    op.drop_table("batches")
