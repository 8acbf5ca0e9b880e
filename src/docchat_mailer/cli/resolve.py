"""``resolve``: settle deliveries whose fate is not known."""

from __future__ import annotations

from pathlib import Path

import click

from docchat_mailer.cli.addresses import address_of
from docchat_mailer.cli.confirming import confirm_count
from docchat_mailer.cli.options import confirm_options, with_config
from docchat_mailer.cli.output import say
from docchat_mailer.errors import UsageError
from docchat_mailer.model.delivery import DeliveryState


@click.command("resolve")
@click.argument("target", metavar="EDITION|SERIES/PART")
@click.option(
    "--as",
    "decision",
    type=click.Choice(["accepted", "rejected", "resend"]),
    help="What became of them. Nearly always the relay had them, so accepted is the right guess.",
)
@click.option("--address", help="Only this person's.")
@click.option(
    "--from-log",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A relay's log: whatever it names by Message-ID was accepted.",
)
@click.option("--dry-run", "-n", is_flag=True, help="Say how many, and do nothing.")
@confirm_options
@with_config
def command(
    config: Path,
    *,
    target: str,
    decision: str | None,
    address: str | None,
    from_log: Path | None,
    dry_run: bool,
    yes: bool,
    count: int | None,
) -> None:
    """Settle the uncertain deliveries of a mailing: those that left and whose answer never came.

    Only `resend` mails anybody; the number of readers has to be typed then, or given with --yes --count.

    \b
    docchat-mailer resolve 7 --as accepted
    docchat-mailer resolve 7 --from-log mail.log --as accepted
    docchat-mailer resolve 7 --address anna@example.org --as resend --yes --count 1
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.delivery import resolving  # noqa: PLC0415

    if decision is None:
        if from_log is None:
            raise UsageError("nothing is decided", fix="--as accepted, --as rejected or --as resend")
        decision = "accepted"
    if from_log is not None and decision != "accepted":
        raise UsageError(
            "what a relay's log names was accepted", why=f"--as {decision}", fix="leave --as out"
        )
    person = address_of(address) if address else None
    with open_app(config, create=False) as app:
        found = resolving.choose(app.db, target, DeliveryState.UNCERTAIN, person)
        chosen = resolving.one_of(found, target)
        if from_log is not None:
            key, sender = app.key, app.sender
            chosen = resolving.found_in_log(app.db, chosen, from_log, key=key, sender=sender)
        if dry_run:
            say(f"edition {chosen.edition}: {len(chosen.ids)} would be {decision}")
            return
        if decision == "resend":
            confirm_count(len(chosen.ids), "readers may get it twice", yes=yes, expected=count)
            done = resolving.send_again(app.db, chosen, app.clock.now())
        else:
            done = resolving.settle(app.db, chosen, DeliveryState(decision), app.clock.now())
    told = "sent again" if decision == "resend" else decision
    say(f"edition {chosen.edition}: {done} deliveries are {told}")
