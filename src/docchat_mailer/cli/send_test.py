"""``send-test``: one part to an address of yours, through the real relay."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say
from docchat_mailer.errors import RelayError, UsageError


@click.command("send-test")
@click.argument("target", metavar="SERIES[/PART]")
@click.option(
    "--to", "addresses", multiple=True, required=True, metavar="ADDRESS", help="May be given often."
)
@with_config
def command(config: Path, *, target: str, addresses: tuple[str, ...]) -> None:
    """Send the letter of a part to addresses given here, its subject marked [TEST].

    It takes addresses only, and has no way to reach the subscribers.

    \b
    docchat-mailer send-test therapeutic-massage/1 --to me@example.org
    docchat-mailer send-test therapeutic-massage --to me@example.org --to you@example.org
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.delivery.send_test import send_test  # noqa: PLC0415
    from docchat_mailer.publishing.proofing import proof  # noqa: PLC0415
    from docchat_mailer.publishing.round import look  # noqa: PLC0415
    from docchat_mailer.readers.addresses import parse_address  # noqa: PLC0415

    try:
        people = [parse_address(text) for text in addresses]
    except ValueError as exc:
        raise UsageError(str(exc), fix="write name@example.org") from exc
    with open_app(config, create=False) as app:
        now = app.clock.now()
        made = proof(look(app.press, now), target, now)
        letter = made.letter(mark="[TEST] ")
        for address in people:
            message = app.sample_message(letter.compiled, address, signed=True)
            outcome = asyncio.run(send_test(app.courier, message, address, app.sender.address))
            if outcome.verdict != "accepted":
                raise RelayError(
                    f"{address}: {outcome.verdict}",
                    why=f"{outcome.code or ''} {outcome.text}".strip(),
                    fix="see [mail] in the settings",
                )
            say(f"{address}: accepted")
