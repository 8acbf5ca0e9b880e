"""Alembic's entry: the connection comes from the program, never from a file."""

from __future__ import annotations

from alembic import context

from docchat_mailer.failpoints import failpoint
from docchat_mailer.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    on_version_apply=lambda **_: failpoint("migrate.step"),
)
context.run_migrations()
