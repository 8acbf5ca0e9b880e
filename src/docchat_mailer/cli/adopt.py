"""``adopt``: take over a blog that exists, and mail nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.moments import both
from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import progress_bar, say

if TYPE_CHECKING:
    from docchat_mailer.app import App
    from docchat_mailer.model.old_entry import OldEntry, OldFeed
    from docchat_mailer.model.old_post import OldPost
    from docchat_mailer.model.site import Site
    from docchat_mailer.publishing.adopting import Adoption
    from docchat_mailer.publishing.moving_in import MovedIn
    from docchat_mailer.publishing.stepping import Desk


FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("adopt")
@click.option("--feed", help="The blog's old feed (RSS, Atom or JSON), a file or an address: ids and dates.")
@click.option("--map", "table", type=FILE, help="A CSV of the same: path,entry_id,url,published,updated.")
@click.option(
    "--wordpress", type=FILE, help="A WordPress export: its posts are written into the posts first."
)
@click.option("--hugo", type=FOLDER, help="A Hugo site, likewise.")
@click.option("--jekyll", type=FOLDER, help="A Jekyll site, likewise.")
@click.option("--fetch-images", is_flag=True, help="Fetch the images of moved posts, and put them beside.")
@click.option("--dry-run", "-n", is_flag=True, help="Say what would be adopted, and change nothing.")
@with_config
def command(
    config: Path,
    *,
    feed: str | None,
    table: Path | None,
    fetch_images: bool,
    dry_run: bool,
    **sources: Path | None,
) -> None:
    """Publish everything already past to pages and feeds, with the ids it came with; mail nobody.

    Ids, addresses and dates stand in the posts, or are taken from the blog's old feed, a table, or the site
    of another program.

    \b
    docchat-mailer adopt --dry-run
    docchat-mailer adopt --feed old-feed.xml
    docchat-mailer adopt --wordpress export.xml --fetch-images
    """
    from docchat_mailer.app import open_app  # noqa: PLC0415
    from docchat_mailer.worker.locking import instance_lock  # noqa: PLC0415

    old = _old(feed, table)
    if dry_run:
        with open_app(config, create=False) as app:
            _foretell(app, old, _moved(app, sources, images=False))
        return
    with open_app(config) as app, instance_lock(app.crew.lock):
        moved = _moved(app, sources, images=fetch_images)
        if moved is not None:
            _write(app, moved)
            old = replace(old, entries=(*old.entries, *moved.entries))
        _adopt(app, old)


def _foretell(app: App, old: OldFeed, moved: MovedIn | None) -> None:
    """What would be written or adopted."""
    from docchat_mailer.publishing.adopting import adoptions  # noqa: PLC0415
    from docchat_mailer.publishing.round import look  # noqa: PLC0415

    if moved is not None:
        for path in sorted(moved.files):
            click.echo(path)
        say(f"{len(moved.files)} files would be written, and {len(moved.entries)} posts adopted")
        return
    desk = look(app.press, app.clock.now())
    waiting = adoptions(desk, app.clock.now(), _known(desk, old))
    for item in waiting:
        known_as = f"  {item.old.entry_id}" if item.old else ""
        click.echo(f"{both(item.published_at, app.site.zone)}  {item.part.key}: {item.part.title}{known_as}")
    _say_unknown(old, waiting)
    say(f"{len(waiting)} parts would be adopted; nobody would be mailed")


def _adopt(app: App, old: OldFeed) -> None:
    from docchat_mailer.publishing.adopting import adopt, adoptions  # noqa: PLC0415
    from docchat_mailer.publishing.round import finish, prepare  # noqa: PLC0415

    now = app.clock.now()
    desk, _ = prepare(app.press, now)
    known = _known(desk, old)
    _say_unknown(old, adoptions(desk, now, known))
    with progress_bar("Adopting") as show:
        report = adopt(desk, now, lambda done, total: show(done / max(total, 1)), known=known)
        desk, homeless = prepare(app.press, now)
        finish(desk, now, [], homeless)
    for fault in report.faults:
        click.echo(fault, err=True)
    say(f"{report.adopted} parts adopted, {len(report.faults)} left out; nobody was mailed")
    if report.faults:
        raise SystemExit(65)


def _moved(app: App, sources: dict[str, Path | None], *, images: bool) -> MovedIn | None:
    """The posts of another program's site, if one is named; what is left out of it is said."""
    from docchat_mailer.publishing.moving_in import moved_in  # noqa: PLC0415

    named = {name: place for name, place in sources.items() if place is not None}
    if not named:
        return None
    if len(named) > 1:
        raise click.UsageError(f"--{' and --'.join(named)} cannot be read in one go: do one after the other")
    [(name, place)] = named.items()
    moved = _with_images(moved_in(_reader(name)(place, app.site)), fetch_them=images)
    for sentence in moved.left:
        say(sentence)
    return moved


def _with_images(moved: MovedIn, *, fetch_them: bool) -> MovedIn:
    """The images fetched, where that was asked for; otherwise a word about those that stand elsewhere."""
    from docchat_mailer.publishing.moving_images import remote_images, with_images  # noqa: PLC0415

    remote = remote_images(moved)
    if not remote:
        return moved
    if not fetch_them:
        say(f"{len(remote)} images stay where they are; --fetch-images puts them beside the posts")
        return moved
    from docchat_mailer.hub.fetching import fetch  # noqa: PLC0415 - HTTP loads where it is spoken

    def had(url: str) -> tuple[str, bytes]:
        found = fetch(url)
        return found.type, found.content

    fetched = with_images(moved, had)
    say(f"{len(fetched.images)} images fetched")
    return fetched


def _reader(name: str) -> Callable[[Path, Site], Iterator[OldPost | str]]:
    if name == "wordpress":
        from docchat_mailer.content.wordpress import read_wordpress  # noqa: PLC0415

        return lambda place, _site: read_wordpress(place)
    from docchat_mailer.content.static_site import read_hugo, read_jekyll  # noqa: PLC0415

    read = read_hugo if name == "hugo" else read_jekyll
    return lambda place, site: read(place, site.base_url, site.zone)


def _write(app: App, moved: MovedIn) -> None:
    from docchat_mailer.publishing.moving_in import write_posts  # noqa: PLC0415

    written = write_posts(moved, app.press.posts)
    say(f"{written} files written to {app.press.posts}, {len(moved.left)} items left out")


def _old(feed: str | None, table: Path | None) -> OldFeed:
    """What the old feed, the table, or both say; a line of the table comes first."""
    from docchat_mailer.content.old_table import read_old_table  # noqa: PLC0415
    from docchat_mailer.model.old_entry import OldFeed  # noqa: PLC0415

    lines = read_old_table(table) if table else ()
    old = _old_feed(feed) if feed else OldFeed(entries=())
    told = {line.entry_id for line in lines}
    rest = tuple(entry for entry in old.entries if entry.entry_id not in told)
    return OldFeed(entries=(*lines, *rest), url=old.url)


def _old_feed(feed: str) -> OldFeed:
    """The feed at an address, or in a file."""
    from docchat_mailer.content.old_feed import old_feed, read_old_feed  # noqa: PLC0415

    if not feed.startswith(("http://", "https://")):
        return read_old_feed(Path(feed))
    from docchat_mailer.hub.fetching import fetch  # noqa: PLC0415 - HTTP loads where it is spoken

    return old_feed(feed, fetch(feed).content)


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
