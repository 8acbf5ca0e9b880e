"""``suppress``: addresses that get nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from docchat_mailer.cli.addresses import address_of
from docchat_mailer.cli.confirming import confirm_count
from docchat_mailer.cli.moments import instant
from docchat_mailer.cli.options import confirm_options, json_option, with_config
from docchat_mailer.cli.output import print_json, say
from docchat_mailer.errors import UsageError

OPERATOR = "operator"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@click.group("suppress")
def command() -> None:
    """Keep letters from an address, whoever it belongs to.

    \b
    docchat-mailer suppress add anna@example.org --reason "asked by telephone"
    docchat-mailer suppress list
    """


@command.command("add")
@click.argument("address")
@click.option("--reason", default="asked for it", show_default=True, help="Why, for whoever asks later.")
@with_config
def add(config: Path, *, address: str, reason: str) -> None:
    """Send nothing to an address, now or ever; only a hash of it is kept.

    \b
    docchat-mailer suppress add anna@example.org
    docchat-mailer suppress add anna@example.org --reason "asked by telephone"
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.hashing import address_hash  # noqa: PLC0415
    from docchat_mailer.store import suppressions  # noqa: PLC0415

    parsed = address_of(address)
    with open_app(config) as app, app.db.write() as c:
        hashed = address_hash(app.key, parsed)
        suppressions.suppress(c, hashed, reason, app.clock.now(), source=OPERATOR)
    say(f"{parsed} gets nothing more")


@command.command("remove")
@click.argument("address")
@with_config
def remove(config: Path, *, address: str) -> None:
    """Let an address be mailed again; who left, or never confirmed, still gets nothing.

    What came back from it before counts no more.

    \b
    docchat-mailer suppress remove anna@example.org
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.hashing import address_hash  # noqa: PLC0415
    from docchat_mailer.store import bounces, suppressions  # noqa: PLC0415

    parsed = address_of(address)
    with open_app(config) as app, app.db.write() as c:
        hashed = address_hash(app.key, parsed)
        if not suppressions.suppressed(c, [hashed]):
            raise UsageError(f"{parsed} is not suppressed", fix="see `docchat-mailer suppress list`")
        suppressions.lift(c, hashed)
        bounces.discount(c, hashed, LONG_AGO, app.clock.now() + timedelta(seconds=1))
    say(f"{parsed} may be mailed again")


@command.command("list")
@json_option
@with_config
def list_all(config: Path, *, as_json: bool) -> None:
    """List what is suppressed: when, why, by whom; addresses are kept as hashes.

    \b
    docchat-mailer suppress list
    docchat-mailer suppress list --json
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.store import suppressions  # noqa: PLC0415

    with open_app(config, create=False) as app, app.db.read() as c:
        found = suppressions.between(c, LONG_AGO, app.clock.now() + timedelta(days=1))
    rows = [
        {
            "at": one.at.isoformat(),
            "reason": one.reason,
            "source": one.source,
            "detail": one.detail,
            "hash": one.address_hash,
        }
        for one in found
    ]
    if as_json:
        print_json("suppressions/1", {"suppressions": rows})
        return
    for row in rows:
        click.echo(f"{row['at']}  {row['reason']:24} {row['source']:10} {row['hash'][:16]}")


@command.command("undo")
@click.option("--since", required=True, help="From when on: 2027-03-16 or 2027-03-16T09:00.")
@click.option("--until", help="Up to when; now if left out.")
@click.option("--reason", default="", help="Only those of this reason, such as 'hard bounce'.")
@click.option("--source", default="", help="Only those that came from here, such as bounces or mailgun.")
@click.option("--dry-run", "-n", is_flag=True, help="Say how many they are, and lift none.")
@confirm_options
@with_config
def undo(
    config: Path,
    *,
    since: str,
    until: str | None,
    reason: str,
    source: str,
    dry_run: bool,
    yes: bool,
    count: int | None,
) -> None:
    """Lift every suppression of a time: bounces that were the fault of a server, and not of readers.

    What came back in that time counts no more.  Who was erased stays so.

    \b
    docchat-mailer suppress undo --since 2027-03-16
    docchat-mailer suppress undo --since 2027-03-16 --reason "hard bounce" --dry-run
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.returns import undoing  # noqa: PLC0415

    with open_app(config) as app:
        first = instant(since, app.site.zone)
        last = instant(until, app.site.zone) if until else app.clock.now() + timedelta(seconds=1)
        found = undoing.made_between(app.db, first, last, reason=reason, source=source)
        if not found:
            say("nothing was suppressed in that time")
            return
        if dry_run:
            say(f"{len(found)} suppressions would be lifted")
            return
        confirm_count(len(found), "suppressions are lifted", yes=yes, expected=count)
        undone = undoing.undo(app.db, found, first, last)
    say(f"{undone} addresses may be mailed again")
