"""``retry``: send again what was refused."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.addresses import address_of
from docchat_mailer.cli.confirming import confirm_count
from docchat_mailer.cli.options import confirm_options, with_config
from docchat_mailer.cli.output import say
from docchat_mailer.model.delivery import DeliveryState


@click.command("retry")
@click.argument("target", metavar="EDITION|SERIES/PART")
@click.option(
    "--state",
    type=click.Choice(["rejected", "uncertain"]),
    default="rejected",
    show_default=True,
    help="Which deliveries.",
)
@click.option("--address", help="Only this person's.")
@click.option("--dry-run", "-n", is_flag=True, help="Say how many, and do nothing.")
@confirm_options
@with_config
def command(
    config: Path,
    *,
    target: str,
    state: str,
    address: str | None,
    dry_run: bool,
    yes: bool,
    count: int | None,
) -> None:
    """Send again what was refused, once what made the relay refuse it is mended.

    They are the same letters: Message-ID and Date stay. Who was suppressed meanwhile gets none.

    \b
    docchat-mailer retry therapeutic-massage/2 --dry-run
    docchat-mailer retry 7 --yes --count 12
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.delivery import resolving  # noqa: PLC0415

    person = address_of(address) if address else None
    with open_app(config, create=False) as app:
        chosen = resolving.one_of(resolving.choose(app.db, target, DeliveryState(state), person), target)
        if dry_run:
            say(f"edition {chosen.edition}: {len(chosen.ids)} would be sent again")
            return
        confirm_count(len(chosen.ids), "letters are sent again", yes=yes, expected=count)
        done = resolving.send_again(app.db, chosen, app.clock.now())
    say(f"edition {chosen.edition}: {done} deliveries are sent again")
