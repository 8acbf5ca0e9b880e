"""``deliveries``: the ledger, person by person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from docchat_mailer.cli.addresses import address_of
from docchat_mailer.cli.moments import both
from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import say
from docchat_mailer.model.delivery import DeliveryState

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from docchat_mailer.delivery.reading import Told


@click.command("deliveries")
@click.option("--address", help="Only this person's.")
@click.option(
    "--state", type=click.Choice([str(state) for state in DeliveryState]), help="Only in this state."
)
@click.option("--edition", type=int, help="Only of this edition.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@json_option
@with_config
def command(
    config: Path,
    *,
    address: str | None,
    state: str | None,
    edition: int | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Say who got what, when, and why somebody did not.

    With --json, one object a line.

    \b
    docchat-mailer deliveries --address anna@example.org
    docchat-mailer deliveries --state uncertain --json
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.delivery.reading import read_ledger  # noqa: PLC0415

    person = address_of(address) if address else None
    chosen = DeliveryState(state) if state else None
    shown = 0
    with open_app(config, create=False) as app:
        for told in read_ledger(app.db, state=chosen, edition=edition, address=person, limit=limit):
            click.echo(
                json.dumps(_plain(told), ensure_ascii=False) if as_json else _line(told, app.site.zone)
            )
            shown += 1
    say(f"{shown} deliveries")


def _plain(told: Told) -> dict[str, Any]:
    line = told.line
    return {
        "schema": "delivery/1",
        "edition": line.id.edition,
        "subscriber": line.id.subscriber,
        "occasion": line.id.occasion,
        "address": line.address,
        "part": told.part,
        "kind": told.kind,
        "state": line.state,
        "attempts": line.attempts,
        "code": line.code,
        "enhanced": line.enhanced,
        "text": line.text,
        "reason": line.reason,
        "not_before": line.not_before.isoformat() if line.not_before else None,
        "changed_at": line.changed_at.isoformat(),
    }


def _line(told: Told, zone: ZoneInfo) -> str:
    """One line for a person; what a relay said may hold anything, so only what can be printed is."""
    line = told.line
    enhanced = (
        "" if line.text.startswith(line.enhanced) else line.enhanced
    )  # most replies have it in their text
    reply = " ".join(str(piece) for piece in (line.code, enhanced, line.text) if piece)
    again = f"again at {both(line.not_before, zone)}" if line.not_before else ""
    why = " - ".join(piece for piece in (line.reason, reply, again) if piece)
    what = f"{line.state}  {told.part} {told.kind}  {line.address}  {both(line.changed_at, zone)}"
    text = f"edition {line.id.edition}  {what}" + (f"  {why}" if why else "")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
