"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from docchat_mailer.store.schema import Instant

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Go there."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Go back."""
    ${downgrades if downgrades else "pass"}
