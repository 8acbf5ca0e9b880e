"""``subscribers``: who receives."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.addresses import address_of
from docchat_mailer.cli.confirming import confirm_count
from docchat_mailer.cli.options import confirm_options, json_option, with_config
from docchat_mailer.cli.output import print_json, progress_bar, say
from docchat_mailer.errors import UsageError

if TYPE_CHECKING:
    from docchat_mailer.model.subscriber import Address
    from docchat_mailer.readers.importing import ImportReport, Origin


@click.group("subscribers")
def command() -> None:
    """Add, list, import, export, explain, remove and erase subscribers.

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
    "--preset",
    type=click.Choice(["plain", "mailchimp", "substack", "listmonk", "mailpoet"]),
    default="plain",
    show_default=True,
    help="Whose export it is.",
)
@click.option("--map", "columns", default="", help='Columns by field: email=Mail,name="First name".')
@click.option("--follows", default="*", show_default=True, help="What they follow where no column says it.")
@click.option("--consent", default="", help="What they agreed to, in words; kept as the proof.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows that cannot be used go; FILE.rejects.csv if left out.",
)
@click.option("--dry-run", "-n", is_flag=True, help="Say what it would do, and do nothing.")
@json_option
@with_config
def import_file(
    config: Path,
    *,
    file: Path,
    preset: str,
    columns: str,
    follows: str,
    consent: str,
    rejects: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a CSV with the columns email, name, follows, state, or what another program exported.

    Bad rows are set aside with line and reason.  Nobody receives who left there or here.

    \b
    docchat-mailer subscribers import readers.csv --dry-run
    docchat-mailer subscribers import readers.csv --consent "ticked: send me each part by mail"
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.importing import import_csv  # noqa: PLC0415

    origin = _origin(file, preset, columns, follows, consent)
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
            origin=origin,
            dry_run=dry_run,
            progress=lambda _report: show(stream.tell() / size),
        )
    _tell_import(report, aside, dry_run=dry_run, as_json=as_json)
    if report.rejected:
        raise SystemExit(1)


def _origin(file: Path, preset: str, columns: str, follows: str, consent: str) -> Origin:
    from docchat_mailer.readers.follows import parse_follows  # noqa: PLC0415
    from docchat_mailer.readers.importing import Origin  # noqa: PLC0415
    from docchat_mailer.readers.presets import PRESETS, parse_map  # noqa: PLC0415

    try:
        mapped = parse_map(columns)
        parse_follows(follows)
    except ValueError as exc:
        raise UsageError("the options cannot be used", why=str(exc)) from exc
    told = {"wording": consent} if consent else {}
    return Origin(file_name=file.name, preset=PRESETS[preset], columns=mapped, follows=follows, **told)


def _tell_import(report: ImportReport, aside: Path, *, dry_run: bool, as_json: bool) -> None:
    left = f", {report.left} left" if report.left else ""
    barred = f", {report.barred} bounced" if report.barred else ""
    say(
        f"{'would be: ' if dry_run else ''}{report.read} rows: {report.added} added, {report.known} known"
        f"{left}{barred}, {report.suppressed} suppressed, {report.rejected} rejected"
    )
    if as_json:
        counts = ("read", "added", "known", "left", "barred", "suppressed", "rejected")
        print_json(
            "subscribers-import/1", {"dry_run": dry_run, **{name: getattr(report, name) for name in counts}}
        )
    if report.rejected and dry_run:
        for example in report.examples:
            say(example)
    elif report.rejected:
        say(f"the rejected rows are in {aside}")


@command.command("export")
@click.argument("address", required=False)
@click.option("--jsonl", is_flag=True, help="Write a JSON object for each, not CSV.")
@with_config
def export(config: Path, *, address: str | None, jsonl: bool) -> None:
    """Write all subscribers to stdout, as CSV or JSON lines; with ADDRESS, all that is kept of that person.

    \b
    docchat-mailer subscribers export > readers.csv
    docchat-mailer subscribers export --jsonl > readers.jsonl
    docchat-mailer subscribers export anna@example.org
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.exporting import export_csv, export_lines, personal_data  # noqa: PLC0415
    from docchat_mailer.store.subscribers import find_subscriber  # noqa: PLC0415

    with open_app(config, create=False) as app:
        if address is None:
            count = (export_lines if jsonl else export_csv)(app.db, sys.stdout)
            say(f"{count} subscribers")
            return
        person = address_of(address)
        with app.db.read() as c:
            found = find_subscriber(c, person)
        if found is None:
            raise _nobody(person)
        print_json("person/1", personal_data(app.db, found))


@command.command("erase")
@click.argument("address")
@confirm_options
@with_config
def erase(config: Path, *, address: str, yes: bool, count: int | None) -> None:
    """Erase a person for good: address, name, what they follow; a keyed hash keeps them unmailed.

    The rows of the ledger stay, as nobody's.  What waits for them is not sent.

    \b
    docchat-mailer subscribers erase anna@example.org --yes --count 1
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.erasing import erase_address  # noqa: PLC0415
    from docchat_mailer.store.subscribers import find_subscriber  # noqa: PLC0415

    person = address_of(address)
    with open_app(config, create=False) as app:
        with app.db.read() as c:
            if find_subscriber(c, person) is None:
                raise _nobody(person)
        confirm_count(1, "person is erased for good", yes=yes, expected=count)
        erase_address(app.db, person, now=app.clock.now(), source="the operator")
    say("erased; backups made before still hold them")


@command.command("consent")
@click.argument("address")
@json_option
@with_config
def consent(config: Path, *, address: str, as_json: bool) -> None:
    """Say when, where and by which words a person agreed to be mailed, or took it back.

    \b
    docchat-mailer subscribers consent anna@example.org
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.exporting import proof_of  # noqa: PLC0415

    person = address_of(address)
    with open_app(config, create=False) as app:
        proof = proof_of(app.db, person)
    if proof is None:
        raise _nobody(person)
    if as_json:
        print_json("consent/1", {"email": str(person), "consent": proof})
        return
    for line in proof:
        click.echo(f"{line['at']}  {line['event']:9}  {line['where']}: {line['words']}")
    if not proof:
        say("there is no proof: they were added by the operator")


@command.command("why")
@click.argument("address")
@click.argument("part", metavar="[SERIES/PART]", required=False)
@json_option
@with_config
def why(config: Path, *, address: str, part: str | None, as_json: bool) -> None:
    """Say why somebody did or did not get a part; without one, of every part that is out.

    \b
    docchat-mailer subscribers why anna@example.org
    docchat-mailer subscribers why anna@example.org therapeutic-massage/1
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.readers.explaining import explain  # noqa: PLC0415

    person = address_of(address)
    with open_app(config, create=False) as app:
        answers = explain(app.db, person, part, key=app.key, now=app.clock.now())
    if as_json:
        print_json("why/1", {"email": str(person), "answers": [answer.plain() for answer in answers]})
        return
    for answer in answers:
        click.echo(str(answer))


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
            raise _nobody(person)
    say(f"{person} has left")


def _nobody(person: Address) -> UsageError:
    return UsageError(f"nobody has the address {person}", fix="see `docchat-mailer subscribers list`")
