"""``render``: the exact bytes of one part."""

from __future__ import annotations

import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.errors import FileError

if TYPE_CHECKING:
    from docchat_mailer.app import App
    from docchat_mailer.publishing.proofing import Proof

FORMS = ("html", "text", "eml", "page", "atom", "rss", "json")


@click.command("render")
@click.argument("target", metavar="SERIES[/PART]")
@click.option(
    "--to", "form", type=click.Choice(FORMS), default="html", show_default=True, help="The product."
)
@with_config
def command(config: Path, *, target: str, form: str) -> None:
    """Write the exact bytes of a part to stdout: its letter, its page or its feed entry.

    What is published comes from the database, what is not as it would be now; nothing is changed.

    \b
    docchat-mailer render therapeutic-massage/1 --to eml
    docchat-mailer render therapeutic-massage/2 --to atom
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.proofing import proof  # noqa: PLC0415
    from docchat_mailer.publishing.round import look  # noqa: PLC0415

    with open_app(config, create=False) as app:
        now = app.clock.now()
        made = proof(look(app.press, now), target, now)
        sys.stdout.buffer.write(_bytes(app, made, form))


def _bytes(app: App, made: Proof, form: str) -> bytes:
    from docchat_mailer.render.views import FeedFormat  # noqa: PLC0415

    feeds = {"atom": FeedFormat.ATOM, "rss": FeedFormat.RSS, "json": FeedFormat.JSON}
    if form in feeds:
        return made.feed(feeds[form])
    if form == "page":
        return made.page()
    message = app.sample_message(made.letter().compiled)
    if form == "eml":
        return message
    part = message_from_bytes(message, policy=policy.default).get_body(("plain" if form == "text" else form,))
    if part is None:
        raise FileError(f"the letter has no {form} part")
    return str(part.get_content()).encode()
