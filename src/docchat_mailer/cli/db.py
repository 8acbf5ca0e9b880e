"""``db``: the database itself."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from docchat_mailer.cli.options import json_option, with_config
from docchat_mailer.cli.output import print_json, say
from docchat_mailer.errors import UsageError

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("db")
def command() -> None:
    """Copy the database, look at a copy, put one back, or move to PostgreSQL.

    \b
    docchat-mailer db backup copies/monday.db
    docchat-mailer db verify copies/monday.db
    """


@command.command("migrate")
@with_config
def migrate(config: Path) -> None:
    """Bring the database to the schema of this version; every other verb does so too.

    \b
    docchat-mailer db migrate
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.store.database import HEAD  # noqa: PLC0415

    with open_app(config, create=False):
        say(f"the schema is {HEAD}")


@command.command("backup")
@click.argument("file", type=FILE)
@with_config
def backup(config: Path, *, file: Path) -> None:
    """Copy the database as it is at one moment, while the program works; the copy is looked at.

    The key file is not in it: keep that too, or every link in letters already sent breaks.

    \b
    docchat-mailer db backup copies/monday.db
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.store.copying import back_up  # noqa: PLC0415
    from docchat_mailer.worker.guarding import advance  # noqa: PLC0415

    with open_app(config, create=False) as app:
        back_up(app.db, file)
        # whatever is sent from now on, the copy does not know
        advance(app.db, app.crew.mark)
        key = app.config.path(app.config.tables.state.key_file)
    _look_at(file)
    say(f"{file} is whole; keep {key} with it")


@command.command("verify")
@click.argument("file", type=FILE)
@json_option
@with_config
def verify(config: Path, *, file: Path, as_json: bool) -> None:  # noqa: ARG001 - every verb takes it
    """Open a copy and check its pages, references, schema and accounts; it is not changed.

    \b
    docchat-mailer db verify copies/monday.db
    """
    from docchat_mailer.store.copying import faults_of  # noqa: PLC0415

    faults = faults_of(file)
    if as_json:
        print_json("db-verify/1", {"file": str(file), "faults": faults})
    for fault in faults:
        say(f"{file}: {fault}")
    if faults:
        raise SystemExit(1)
    say(f"{file} is whole")


def _look_at(file: Path) -> None:
    from docchat_mailer.errors import FileError  # noqa: PLC0415
    from docchat_mailer.store.copying import faults_of  # noqa: PLC0415

    faults = faults_of(file)
    if faults:
        raise FileError(f"{file} is damaged", why=faults[0], fix="look at the database with `doctor`")


@command.command("restore")
@click.argument("file", type=FILE)
@with_config
def restore(config: Path, *, file: Path) -> None:
    """Put a copy back; stop the program first.  The database of before is kept beside it.

    Nothing goes out until `docchat-mailer resume --accept-restore`: a copy does not know what was sent since.

    \b
    docchat-mailer db restore copies/monday.db
    """
    from docchat_mailer.config import load_config  # noqa: PLC0415
    from docchat_mailer.store.copying import put_back  # noqa: PLC0415
    from docchat_mailer.worker.clocks import SystemClock  # noqa: PLC0415
    from docchat_mailer.worker.locking import instance_lock  # noqa: PLC0415

    settings = load_config(config)
    _, scheme, target = settings.database_url.partition("sqlite:///")
    if not scheme or not target:
        raise UsageError("a server's database is restored by its own tools", fix="use pg_restore")
    state = settings.path(settings.tables.state.folder)
    state.mkdir(parents=True, exist_ok=True)
    with instance_lock(state / "instance.lock"):
        kept = put_back(file, Path(target), SystemClock().now())
    say(f"{file} is the database now" + (f"; the one of before is {kept}" if kept else ""))
    say("nothing goes out until: docchat-mailer resume --accept-restore")


@command.command("to-postgres")
@click.argument("url")
@click.option("--dry-run", "-n", is_flag=True, help="Copy, compare, and undo it.")
@json_option
@with_config
def to_postgres(config: Path, *, url: str, dry_run: bool, as_json: bool) -> None:
    """Copy the whole database into an empty one of a server, and compare both; stop the program first.

    A password belongs in PGPASSFILE or PGPASSWORD, not in the URL.

    \b
    docchat-mailer db to-postgres postgresql://docchat@localhost/docchat --dry-run
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.store.database import Database  # noqa: PLC0415
    from docchat_mailer.store.moving_over import move_over  # noqa: PLC0415
    from docchat_mailer.worker.locking import instance_lock  # noqa: PLC0415

    with (
        open_app(config, create=False) as app,
        instance_lock(app.crew.lock),
        closing(Database.open(url)) as target,
    ):
        moved = move_over(app.db, target, dry_run=dry_run)
    for one in moved:
        say(f"{one.table}: {one.rows} rows, {one.checksum}")
    if as_json:
        tables = [{"table": one.table, "rows": one.rows, "checksum": one.checksum} for one in moved]
        print_json("db-to-postgres/1", {"dry_run": dry_run, "tables": tables})
    say("nothing was kept" if dry_run else "now set [database] url, and start the program")
