"""``cancel``: stop the mailing of what was published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.confirming import confirm_count
from docchat_mailer.cli.options import confirm_options, json_option, with_config
from docchat_mailer.cli.output import print_json, say
from docchat_mailer.errors import UsageError

if TYPE_CHECKING:
    from docchat_mailer.delivery.cancelling import Reach


@click.command("cancel")
@click.argument("target", metavar="EDITION|SERIES/PART")
@click.option("--dry-run", "-n", is_flag=True, help="Say whom it touches, and do nothing.")
@confirm_options
@json_option
@with_config
def command(config: Path, *, target: str, dry_run: bool, yes: bool, count: int | None, as_json: bool) -> None:
    """Stop a mailing for good: all of it while its grace lasts, afterwards what has not left yet.

    Page and feed entry stay.  The number of readers who will not get it has to be typed, or given with
    --yes --count; while letters leave it falls, and a larger one given is accepted.

    \b
    docchat-mailer cancel therapeutic-massage/2 --dry-run
    docchat-mailer cancel therapeutic-massage/2 --yes --count 1834
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.delivery.cancelling import cancel, reach  # noqa: PLC0415

    with open_app(config, create=False) as app:
        found = reach(app.db, target)
        _tell(found)
        cancelled = 0
        if not dry_run and _wanted(found, yes=yes, count=count):
            cancelled = cancel(app.db, found.edition, app.clock.now())
            say(f"edition {found.edition} is cancelled, {cancelled} deliveries with it")
    if as_json:
        print_json("cancel/1", _plain(found) | {"dry_run": dry_run, "cancelled": cancelled})


def _tell(found: Reach) -> None:
    """What it is, and whom it touches."""
    say(f"edition {found.edition}: {found.part} {found.kind}")
    if not found.fanned_out:
        say(f"nothing has left; {found.spared} readers would get it")
        return
    rows = ", ".join(f"{number} {state}" for state, number in found.rows.items() if number)
    say(rows or "nobody is to get it")
    if found.spared:
        say(f"by name: docchat-mailer deliveries --edition {found.edition} --state pending")


def _wanted(found: Reach, *, yes: bool, count: int | None) -> bool:
    """Whether there is something to cancel, and the operator says so; a second call changes nothing."""
    if found.state == "cancelled":
        say(f"edition {found.edition} is cancelled already")
        return False
    if not found.stoppable:
        raise UsageError(
            f"edition {found.edition} has left",
            why="nothing of it waits any more",
            fix=f"see `docchat-mailer deliveries --edition {found.edition}`",
        )
    falling = found.fanned_out and count is not None and count > found.spared
    expected = found.spared if falling else count
    confirm_count(found.spared, "readers will not get it", yes=yes, expected=expected)
    return True


def _plain(found: Reach) -> dict[str, object]:
    return {
        "edition": found.edition,
        "part": found.part,
        "kind": found.kind,
        "fanned_out": found.fanned_out,
        "readers": found.spared,
        "deliveries": {str(state): number for state, number in found.rows.items()},
    }
