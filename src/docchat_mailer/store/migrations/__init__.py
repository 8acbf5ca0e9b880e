"""The history of the schema: Alembic's scripts, run from code."""
