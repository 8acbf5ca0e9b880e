"""``subscribers``: who receives."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

from docchat_mailer.cli.addresses import address_of
from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json, progress_bar, say
from docchat_mailer.errors import UsageError


@click.group("subscribers")
def command() -> None:
    """Add, list, import, export and remove subscribers.

    \b
    docchat-mailer subscribers import readers.csv
    docchat-mailer subscribers list --json
    """


@command.command("add")
@click.argument("address")
@click.option("--name", default="", help="Their name, as it stands in the letter's To.")
@click.option(
    "--follows", default="*", show_default=True, help="'*', a series, 'tag:x'; several with spaces."
)
@with_config
def add(config: Path, *, address: str, name: str, follows: str) -> None:
    """Add an active subscriber, whose consent you have.

    \b
    docchat-mailer subscribers add anna@example.org
    docchat-mailer subscribers add ben@example.org --name Ben --follows "tag:chronic-back-pain"
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.adding import add as add_one  # noqa: PLC0415
    from docchat_mailer.readers.follows import parse_follows  # noqa: PLC0415

    person = address_of(address)
    with open_app(config) as app:
        try:
            new = add_one(
                app.db,
                address=person,
                name=name,
                follows=parse_follows(follows),
                key=app.key,
                now=app.clock.now(),
                token_id=secrets.token_hex(8),
            )
        except ValueError as exc:
            raise UsageError(f"{person} cannot be added", why=str(exc)) from exc
    say(f"{person} {'added' if new else 'was there; follows added'}")


@command.command("list")
@json_option
@with_config
def list_all(config: Path, *, as_json: bool) -> None:
    """List every subscriber.

    \b
    docchat-mailer subscribers list
    docchat-mailer subscribers list --json
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.listing import everyone  # noqa: PLC0415

    with open_app(config, create=False) as app:
        people = [
            {
                "email": str(person.address),
                "name": person.name,
                "state": person.state,
                "follows": [str(follow) for follow in person.follows],
            }
            for person in everyone(app.db)
        ]
    if as_json:
        print_json("subscribers/1", {"subscribers": people})
        return
    for person in people:
        click.echo(f"{person['state']:8} {person['email']}  {' '.join(person['follows'])}")


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows that cannot be used go; FILE.rejects.csv if left out.",
)
@with_config
def import_file(config: Path, *, file: Path, rejects: Path | None) -> None:
    """Import a CSV with the columns email, name, follows; bad rows are set aside with line and reason.

    \b
    docchat-mailer subscribers import readers.csv
    docchat-mailer subscribers import readers.csv --rejects left-out.csv
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.importing import import_csv  # noqa: PLC0415

    aside = rejects or file.with_name(f"{file.stem}.rejects.csv")
    size = max(file.stat().st_size, 1)
    with open_app(config) as app, file.open("rb") as stream, progress_bar("Importing") as show:
        report = import_csv(
            app.db,
            stream,
            key=app.key,
            now=app.clock.now(),
            token_ids=lambda: secrets.token_hex(8),
            rejects=aside,
            progress=lambda _report: show(stream.tell() / size),
        )
    say(
        f"{report.read} rows: {report.added} added, {report.known} known, "
        f"{report.suppressed} suppressed, {report.rejected} rejected"
    )
    if report.rejected:
        say(f"the rejected rows are in {aside}")
        raise SystemExit(1)


@command.command("export")
@with_config
def export(config: Path) -> None:
    """Write all subscribers as CSV to stdout.

    \b
    docchat-mailer subscribers export > readers.csv
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.exporting import export_csv  # noqa: PLC0415

    with open_app(config, create=False) as app:
        count = export_csv(app.db, sys.stdout)
    say(f"{count} subscribers")


@command.command("remove")
@click.argument("address")
@with_config
def remove(config: Path, *, address: str) -> None:
    """Send nothing more to an address, from now on; what was sent stays in the ledger.

    \b
    docchat-mailer subscribers remove anna@example.org
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.removing import remove as remove_one  # noqa: PLC0415

    person = address_of(address)
    with open_app(config) as app:
        if not remove_one(app.db, person, app.clock.now()):
            raise UsageError(f"nobody has the address {person}", fix="see `docchat-mailer subscribers list`")
    say(f"{person} has left")
