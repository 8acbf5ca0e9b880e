"""Alembic's entry: the connection comes from the program, never from a file."""

from __future__ import annotations

from alembic import context

from docchat_mailer.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
