"""Readers: what they follow and how, their consent, what they asked for; what came back; notices and digests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = "'release', 'announcement', 'notice', 'digest'"
OLD_KINDS = "'release', 'announcement'"


def upgrade() -> None:
    """Make the tables; everybody goes on getting each part as it comes."""
    _publications(KINDS, bare=True)
    op.add_column(
        "editions",
        sa.Column("standing", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    )
    _people()
    _subscriptions()
    _asked()
    _returned()


def _publications(kinds: str, *, bare: bool) -> None:
    """Which kinds there are; *bare* is whether one may be without a page and an entry."""
    with op.batch_alter_table("publications") as table:
        table.drop_constraint(op.f("ck_publications_kind"), type_="check")
        table.create_check_constraint(op.f("ck_publications_kind"), f"kind IN ({kinds})")
        table.alter_column("path", existing_type=sa.Text(), nullable=bare)
        table.alter_column("updated_at", existing_type=sa.BigInteger(), nullable=bare)


def _people() -> None:
    for column in (
        sa.Column("locale", sa.Text(), nullable=False, server_default=""),
        sa.Column("zone", sa.Text(), nullable=False, server_default=""),
        sa.Column(
            "text_only", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()
        ),
        sa.Column(
            "announcements", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.true()
        ),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("subscribers", column)


def _subscriptions() -> None:
    with op.batch_alter_table("subscriptions", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.add_column(sa.Column("state", sa.Text(), nullable=False, server_default="on"))
        table.add_column(sa.Column("rhythm", sa.Text(), nullable=False, server_default="each"))
        table.add_column(sa.Column("paused_until", sa.BigInteger(), nullable=True))
        table.create_check_constraint(op.f("ck_subscriptions_state"), "state IN ('on', 'paused', 'off')")
        table.create_check_constraint(op.f("ck_subscriptions_rhythm"), "rhythm IN ('each', 'week', 'month')")


def _asked() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("follows", sa.Text(), nullable=False, server_default=""),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("wish IN ('confirm', 'change')", name=op.f("ck_requests_wish")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_requests_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("token_id", name=op.f("uq_requests_token_id")),
    )
    op.create_index("ix_requests_subscriber_id", "requests", ["subscriber_id"])
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_consents_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"])
    op.create_table(
        "quotas",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", "period", name=op.f("pk_quotas")),
    )


def _returned() -> None:
    op.create_table(
        "returned",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_returned")),
    )
    op.create_table(
        "bounces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("occasion", sa.Integer(), nullable=True),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("vouched", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('hard', 'soft', 'complaint', 'other')", name=op.f("ck_bounces_kind")),
        sa.ForeignKeyConstraint(["digest"], ["returned.digest"], name=op.f("fk_bounces_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
    )
    op.create_index("ix_bounces_subscriber_id_at", "bounces", ["subscriber_id", "at"])
    op.create_index("ix_bounces_at", "bounces", ["at"])
    for column in (
        sa.Column("source", sa.Text(), nullable=False, server_default=""),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
    ):
        op.add_column("suppressions", column)
    op.create_index("ix_suppressions_at", "suppressions", ["at"])


def downgrade() -> None:
    """Take the tables away; what is no release and no announcement must be gone before."""
    op.drop_index("ix_suppressions_at", "suppressions")
    op.drop_column("suppressions", "detail")
    op.drop_column("suppressions", "source")
    for name in ("bounces", "returned", "quotas", "consents", "requests"):
        op.drop_table(name)
    with op.batch_alter_table("subscriptions", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_constraint(op.f("ck_subscriptions_rhythm"), type_="check")
        table.drop_constraint(op.f("ck_subscriptions_state"), type_="check")
        for name in ("paused_until", "rhythm", "state"):
            table.drop_column(name)
    for name in (
        "heard_at", "confirmed_at", "paused_until", "announcements", "text_only", "zone", "locale"
    ):  # fmt: skip
        op.drop_column("subscribers", name)
    op.drop_column("editions", "standing")
    _publications(OLD_KINDS, bare=False)
