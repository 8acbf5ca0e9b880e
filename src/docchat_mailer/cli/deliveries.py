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
from docchat_mailer.rules.printing import printable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from docchat_mailer.app import App
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

    With --address also the receipts of that person: which revision, taken by which relay under which name,
    and the Message-ID. With --json, one object a line with all of it.

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
            if as_json:
                click.echo(json.dumps(_plain(told, app), ensure_ascii=False))
            else:
                click.echo(_line(told, app.site.zone))
            if person and not as_json:
                click.echo(f"    {_receipt(told, app)}")
            shown += 1
    say(f"{shown} deliveries")


def _receipt(told: Told, app: App) -> str:
    """What one person was sent, by whom it was taken, and how to find it there."""
    line = told.line
    sent = f"revision {told.revision} (sha256 {told.content_hash})"
    if line.state is not DeliveryState.ACCEPTED:
        return sent
    taken = f"taken by {line.relay or 'the outbox'}" + (f" as {told.queue_id}" if told.queue_id else "")
    return printable(f"{sent}, {taken}, Message-ID {told.message_id(app.key, app.sender.domain)}")


def _plain(told: Told, app: App) -> dict[str, Any]:
    line = told.line
    return {
        "schema": "delivery/1",
        "edition": line.id.edition,
        "subscriber": line.id.subscriber,
        "occasion": line.id.occasion,
        "address": line.address,
        "part": told.part,
        "kind": told.kind,
        "revision": told.revision,
        "content_hash": told.content_hash,
        "message_id": told.message_id(app.key, app.sender.domain),
        "relay": line.relay,
        "queue_id": told.queue_id,
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
    """One line for a person; only what can be printed is."""
    line = told.line
    enhanced = (
        "" if line.text.startswith(line.enhanced) else line.enhanced
    )  # most replies have it in their text
    reply = " ".join(str(piece) for piece in (line.code, enhanced, line.text) if piece)
    again = f"again at {both(line.not_before, zone)}" if line.not_before else ""
    why = " - ".join(piece for piece in (line.reason, reply, again) if piece)
    what = f"{line.state}  {told.part} {told.kind}  {line.address}  {both(line.changed_at, zone)}"
    return printable(f"edition {line.id.edition}  {what}" + (f"  {why}" if why else ""))
