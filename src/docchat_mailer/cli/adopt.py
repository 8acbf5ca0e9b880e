"""``adopt``: take over a blog that exists, and mail nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.moments import both
from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import progress_bar, say

if TYPE_CHECKING:
    from docchat_mailer.model.old_entry import OldEntry, OldFeed
    from docchat_mailer.publishing.adopting import Adoption
    from docchat_mailer.publishing.stepping import Desk


FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("adopt")
@click.option("--feed", type=FILE, help="The blog's old feed (RSS, Atom or JSON): ids, addresses, dates.")
@click.option("--map", "table", type=FILE, help="A CSV of the same: path,entry_id,url,published,updated.")
@click.option("--dry-run", "-n", is_flag=True, help="Say what would be adopted, and change nothing.")
@with_config
def command(config: Path, *, feed: Path | None, table: Path | None, dry_run: bool) -> None:
    """Publish everything already past to pages and feeds, with the ids it came with; mail nobody.

    Ids, addresses and dates stand in the posts, or are taken from the blog's old feed or a table.

    \b
    docchat-mailer adopt --dry-run
    docchat-mailer adopt --feed old-feed.xml
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.publishing.adopting import adopt, adoptions  # noqa: PLC0415
    from docchat_mailer.publishing.round import finish, look, prepare  # noqa: PLC0415
    from docchat_mailer.worker.locking import instance_lock  # noqa: PLC0415

    old = _old(feed, table)
    if dry_run:
        with open_app(config, create=False) as app:
            desk = look(app.press, app.clock.now())
            waiting = adoptions(desk, app.clock.now(), _known(desk, old))
            for item in waiting:
                known_as = f"  {item.old.entry_id}" if item.old else ""
                when = both(item.published_at, app.site.zone)
                click.echo(f"{when}  {item.part.key}: {item.part.title}{known_as}")
        _say_unknown(old, waiting)
        say(f"{len(waiting)} parts would be adopted; nobody would be mailed")
        return
    with open_app(config) as app, instance_lock(app.crew.lock), progress_bar("Adopting") as show:
        now = app.clock.now()
        desk, _ = prepare(app.press, now)
        known = _known(desk, old)
        _say_unknown(old, adoptions(desk, now, known))
        report = adopt(desk, now, lambda done, total: show(done / max(total, 1)), known=known)
        desk, homeless = prepare(app.press, now)
        finish(desk, now, [], homeless)
    for fault in report.faults:
        click.echo(fault, err=True)
    say(f"{report.adopted} parts adopted, {len(report.faults)} left out; nobody was mailed")
    if report.faults:
        raise SystemExit(65)


def _old(feed: Path | None, table: Path | None) -> OldFeed:
    """What the old feed, the table, or both say; a line of the table comes first."""
    from docchat_mailer.content.old_feed import read_old_feed  # noqa: PLC0415
    from docchat_mailer.content.old_table import read_old_table  # noqa: PLC0415
    from docchat_mailer.model.old_entry import OldFeed  # noqa: PLC0415

    lines = read_old_table(table) if table else ()
    old = read_old_feed(feed) if feed else OldFeed(entries=())
    told = {line.entry_id for line in lines}
    rest = tuple(entry for entry in old.entries if entry.entry_id not in told)
    return OldFeed(entries=(*lines, *rest), url=old.url)


def _say_unknown(old: OldFeed, waiting: Sequence[Adoption]) -> None:
    """Which posts will have a new id, because nothing was said about them."""
    if not old.entries:
        return
    for item in waiting:
        if item.old is None and item.part.entry_id is None:
            what = "nothing tells its old id, so it gets a new one"
            say(f"{item.part.source}: {what} - if it had one, say so in --map")


def _known(desk: Desk, old: OldFeed) -> Mapping[str, OldEntry]:
    """The old entry of each post, by its file; what belongs to none is said, and what is doubtful stops here.

    Raises ContentError where an entry may belong to several posts, or several to one.
    """
    from docchat_mailer.errors import ContentError  # noqa: PLC0415
    from docchat_mailer.publishing.old_addresses import matches, path_before  # noqa: PLC0415

    found = matches(desk, old.entries)
    if found.doubts:
        for doubt in found.doubts:
            click.echo(doubt, err=True)
        fix = "say which post each belongs to with --map, or give the posts their entry_id"
        raise ContentError(f"{len(found.doubts)} old entries are doubtful; nothing was adopted", fix=fix)
    for entry in found.unmatched:
        say(f"{entry.where}: {entry.title or entry.url or entry.entry_id!r} belongs to no post")
    path = path_before(old.url, desk.press.site.base_url)
    if path and path not in {"/feed.xml", "/atom.xml", "/feed.json", *desk.press.site.feed_aliases}:
        say(f'the old feed stood at {path}; add it to [feeds] in config.toml: aliases = ["{path}"]')
    return found.by_source
