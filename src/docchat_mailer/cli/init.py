"""``init``: a new site that works at once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from docchat_mailer.cli.options import without_config
from docchat_mailer.cli.output import say
from docchat_mailer.disk import write_whole
from docchat_mailer.errors import CreateError

IGNORED = "/state/\n/outbox/\n/public/\n"
"""What a site's repository leaves out: what runs make, and the key."""


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@without_config
def command(folder: Path) -> None:
    """Write settings, a three-part sample series that starts next week, and the letter templates.

    \b
    docchat-mailer init my-blog
    """
    if folder.exists() and any(folder.iterdir()):
        raise CreateError(
            f"{folder} is not empty", why="nothing of yours is overwritten", fix="name another folder"
        )
    package = resources.files("docchat_mailer")
    start = _next_tuesday(datetime.now(UTC)).strftime("%Y-%m-%dT09:00:00")
    for path, content in _files(package / "cli" / "starter", ""):
        write_whole(folder / path, content.replace(b"START", start.encode()))
    for path, content in _files(package / "render" / "templates" / "letters", ""):
        write_whole(folder / "email_templates" / path, content)
    write_whole(folder / "state" / "key", f"{secrets.token_hex(32)}\n".encode(), mode=0o600)
    write_whole(folder / ".gitignore", IGNORED.encode())
    say(f"a new site stands in {folder}; the first part goes out on {start[:10]}")
    click.echo(f"cd {folder} && docchat-mailer plan")


def _next_tuesday(now: datetime) -> datetime:
    """The Tuesday of next week: soon, and never already past."""
    return now + timedelta(days=8 - now.weekday())


def _files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _files(entry, f"{prefix}{entry.name}/")
        else:
            found.append((f"{prefix}{entry.name}", entry.read_bytes()))
    return found
