"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "media",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_media")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "outputs",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_outputs")),
    )
    op.create_table(
        "part_marks",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=True),
        sa.Column("hold_since", sa.BigInteger(), nullable=True),
        sa.Column("hold_detail", sa.Text(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("announce_skipped", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "hold IN ('no text', 'fault', 'late', 'too late', 'first start', 'operator', 'slot passed', 'slot left out', 'earlier part')",
            name=op.f("ck_part_marks_hold"),
        ),
        sa.PrimaryKeyConstraint("series", "number", name=op.f("pk_part_marks")),
    )
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("permalink", sa.Boolean(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=True),
        sa.Column("live_at", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('release', 'announcement')", name=op.f("ck_publications_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_publications_entry_id")),
        sa.UniqueConstraint("path", name=op.f("uq_publications_path")),
        sa.UniqueConstraint("series", "number", "kind", name=op.f("uq_publications_series_number_kind")),
        sa.UniqueConstraint("updated_at", name=op.f("uq_publications_updated_at")),
    )
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.create_index(
            "ix_publications_not_live",
            ["id"],
            unique=False,
            sqlite_where=sa.text("live_at IS NULL"),
            postgresql_where=sa.text("live_at IS NULL"),
        )

    op.create_table(
        "series_facts",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_series_facts")),
    )
    op.create_table(
        "sources",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_sources")),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'left', 'erased')", name=op.f("ck_subscribers_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscribers_address_key")),
        sa.UniqueConstraint("token_id", name=op.f("uq_subscribers_token_id")),
    )
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.create_index("ix_subscribers_state", ["state", "id"], unique=False)

    op.create_table(
        "suppressions",
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("prepared_at", sa.BigInteger(), nullable=True),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('prepared', 'paused', 'cancelled')", name=op.f("ck_editions_state")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_editions_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint("publication_id", "audience", name=op.f("uq_editions_publication_id_audience")),
    )
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_editions_unprepared",
            ["id"],
            unique=False,
            sqlite_where=sa.text("prepared_at IS NULL"),
            postgresql_where=sa.text("prepared_at IS NULL"),
        )

    op.create_table(
        "promises",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("kept_by", sa.Integer(), nullable=True),
        sa.Column("kept_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["kept_by"], ["publications.id"], name=op.f("fk_promises_kept_by")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_promises_publication_id")
        ),
        sa.PrimaryKeyConstraint("publication_id", "position", name=op.f("pk_promises")),
    )
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.create_index(
            "ix_promises_open",
            ["due"],
            unique=False,
            sqlite_where=sa.text("kept_by IS NULL"),
            postgresql_where=sa.text("kept_by IS NULL"),
        )

    op.create_table(
        "revisions",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("bare_title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("extras", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("source_digest", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("change IN ('first', 'minor', 'material')", name=op.f("ck_revisions_change")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_revisions_publication_id")
        ),
        sa.PrimaryKeyConstraint("publication_id", "n", name=op.f("pk_revisions")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.CheckConstraint("scope IN ('site', 'series', 'tag')", name=op.f("ck_subscriptions_scope")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_subscriptions_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("scope", "key", "subscriber_id", name=op.f("pk_subscriptions")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index("ix_subscriptions_subscriber_id", ["subscriber_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("dated_at", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("enhanced", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'accepted', 'rejected', 'uncertain', 'suppressed', 'cancelled')",
            name=op.f("ck_deliveries_state"),
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_deliveries_edition_id")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_deliveries_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("edition_id", "subscriber_id", "occasion", name=op.f("pk_deliveries")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_open",
            ["edition_id", "subscriber_id"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'sending')"),
            postgresql_where=sa.text("state IN ('pending', 'sending')"),
        )
        batch_op.create_index("ix_deliveries_subscriber_id", ["subscriber_id"], unique=False)

    op.create_table(
        "edition_bodies",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_edition_bodies_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", "variant", name=op.f("pk_edition_bodies")),
    )
    op.create_table(
        "revision_bodies",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id", "n"],
            ["revisions.publication_id", "revisions.n"],
            name=op.f("fk_revision_bodies_publication_id_n"),
        ),
        sa.PrimaryKeyConstraint("publication_id", "n", name=op.f("pk_revision_bodies")),
    )


def downgrade() -> None:
    """Remove every table."""
    op.drop_table("revision_bodies")
    op.drop_table("edition_bodies")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_subscriber_id")
        batch_op.drop_index(
            "ix_deliveries_open",
            sqlite_where=sa.text("state IN ('pending', 'sending')"),
            postgresql_where=sa.text("state IN ('pending', 'sending')"),
        )

    op.drop_table("deliveries")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index("ix_subscriptions_subscriber_id")

    op.drop_table("subscriptions")
    op.drop_table("revisions")
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_promises_open",
            sqlite_where=sa.text("kept_by IS NULL"),
            postgresql_where=sa.text("kept_by IS NULL"),
        )

    op.drop_table("promises")
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_editions_unprepared",
            sqlite_where=sa.text("prepared_at IS NULL"),
            postgresql_where=sa.text("prepared_at IS NULL"),
        )

    op.drop_table("editions")
    op.drop_table("suppressions")
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.drop_index("ix_subscribers_state")

    op.drop_table("subscribers")
    op.drop_table("sources")
    op.drop_table("series_facts")
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_publications_not_live",
            sqlite_where=sa.text("live_at IS NULL"),
            postgresql_where=sa.text("live_at IS NULL"),
        )

    op.drop_table("publications")
    op.drop_table("part_marks")
    op.drop_table("outputs")
    op.drop_table("meta")
    op.drop_table("media")
