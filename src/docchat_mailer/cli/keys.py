"""``keys``: what letters are signed with, and what the DNS must say about it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say
from docchat_mailer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docchat_mailer.config import Config
    from docchat_mailer.letter.dkim import PrivateKey, SigningKey

KINDS = click.Choice(["rsa", "ed25519"])


@click.group("keys")
def command() -> None:
    """Make and change the keys that letters are signed with (DKIM).

    \b
    docchat-mailer keys new
    docchat-mailer keys show
    """


@command.command("new")
@click.option("--algorithm", type=KINDS, default="rsa", show_default=True, help="Every receiver knows rsa.")
@click.option("--selector", default="", help="Its name in the DNS; kind, year and month if left out.")
@with_config
def new(config: Path, *, algorithm: str, selector: str) -> None:
    """Make a key, and print its DNS record and the lines for the settings.

    No key is ever overwritten, and the settings are left to you.

    \b
    docchat-mailer keys new
    docchat-mailer keys new --algorithm ed25519 --selector ed202609
    """
    from docchat_mailer.config import load_config  # noqa: PLC0415 - the program starts fast without it

    site = load_config(config)
    made = _made(site, algorithm, selector)
    _show(site, [made])
    written = [*site.tables.mail.dkim.keys, _written(site, made)]
    say("publish the record, add to the settings, and ask `docchat-mailer doctor --online`:")
    _show_settings(written)


@command.command("show")
@with_config
def show(config: Path) -> None:
    """Print the DNS record of every key in the settings.

    \b
    docchat-mailer keys show
    """
    from docchat_mailer.config import load_config  # noqa: PLC0415
    from docchat_mailer.config.signing import signing_keys  # noqa: PLC0415

    site = load_config(config)
    keys = signing_keys(site)
    if not keys:
        say("no key is named in the settings; `docchat-mailer keys new` makes one")
    _show(site, keys)


@command.command("rotate")
@click.option("--links", is_flag=True, help="Change the secret behind links in letters instead.")
@with_config
def rotate(config: Path, *, links: bool) -> None:
    """Make a new key beside each one in the settings, and say when the old ones may go.

    Nothing changes until the settings name the new keys.

    \b
    docchat-mailer keys rotate
    docchat-mailer keys rotate --links
    """
    if links:
        _rotate_links(config)
    else:
        _rotate_signatures(config)


def _rotate_links(config: Path) -> None:
    """A new secret behind links; those to leave by go on working, whatever letter they stand in."""
    from docchat_mailer.config import load_config  # noqa: PLC0415
    from docchat_mailer.config.key_file import add_key  # noqa: PLC0415

    site = load_config(config)
    file = site.path(site.tables.state.key_file)
    if not file.exists():
        raise UsageError("there is no secret yet", fix="the first one is made with the database, by `run`")
    add_key(file)
    say(
        f"a new secret is in {file}; back it up, and restart `up`, or `serve` and `run`. From then on links "
        "to preferences and confirmations in older letters lead nowhere; leaving works from every letter, "
        "for ever"
    )


def _rotate_signatures(config: Path) -> None:
    from docchat_mailer.config import load_config  # noqa: PLC0415
    from docchat_mailer.config.signing import signing_domain, signing_keys  # noqa: PLC0415
    from docchat_mailer.letter.dkim import LASTS  # noqa: PLC0415
    from docchat_mailer.letter.dkim_keys import algorithm, record_name  # noqa: PLC0415

    site = load_config(config)
    old = signing_keys(site)
    if not old:
        raise UsageError(
            "no key is named in the settings", fix="make the first one with `docchat-mailer keys new`"
        )
    made = [_made(site, algorithm(key.private), "") for key in old]
    _show(site, made)
    say("publish what is above and leave the old records; when the DNS shows them, change the settings to:")
    _show_settings([_written(site, key) for key in made])
    names = " and ".join(record_name(key.selector, signing_domain(site)) for key in old)
    say(
        f"restart the worker. Letters on their way are verified with the old key: take {names} out of the "
        f"DNS {LASTS.days} days later (not before {datetime.now(UTC) + LASTS:%Y-%m-%d}), and its file too"
    )


def _made(site: Config, algorithm: str, selector: str) -> SigningKey:
    """A new key in a file of its own, which only this user may read."""
    from docchat_mailer.config.loading import SELECTOR  # noqa: PLC0415
    from docchat_mailer.disk import write_new  # noqa: PLC0415
    from docchat_mailer.letter.dkim import SigningKey  # noqa: PLC0415
    from docchat_mailer.letter.dkim_keys import key_file  # noqa: PLC0415

    if selector and not SELECTOR.fullmatch(selector):
        raise UsageError(f"'{selector}' is no selector", fix="use letters, digits and hyphens")
    folder = site.path(site.tables.state.folder) / "dkim"
    name = selector or _free(folder, algorithm)
    file = folder / f"{name}.pem"
    private = _generated(algorithm)
    write_new(file, key_file(private), mode=0o600)
    say(f"the private key is in {file}; back it up, and keep it out of git")
    return SigningKey(selector=name, private=private)


def _free(folder: Path, algorithm: str) -> str:
    """A selector of this month that no file has yet."""
    short = {"rsa": "rsa", "ed25519": "ed"}[algorithm]
    first = f"{short}{datetime.now(UTC):%Y%m}"
    names = (first, *(f"{first}-{number}" for number in range(2, 1000)))
    return next(name for name in names if not (folder / f"{name}.pem").exists())


def _generated(algorithm: str) -> PrivateKey:
    """A key from the system's own chance."""
    from docchat_mailer.letter.dkim_keys import RSA_BITS  # noqa: PLC0415

    if algorithm == "ed25519":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

        return Ed25519PrivateKey.generate()
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key  # noqa: PLC0415

    return generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def _written(site: Config, key: SigningKey) -> str:
    """The file of a key as the settings name it."""
    return (Path(site.tables.state.folder) / "dkim" / f"{key.selector}.pem").as_posix()


def _show(site: Config, keys: Sequence[SigningKey]) -> None:
    """The records as they stand in a zone file; where a form wants one text, the quotes and gaps go."""
    from docchat_mailer.config.signing import signing_domain  # noqa: PLC0415
    from docchat_mailer.letter.dkim_keys import record, record_name, strings  # noqa: PLC0415

    for key in keys:
        quoted = " ".join(f'"{piece}"' for piece in strings(record(key.private)))
        click.echo(f"{record_name(key.selector, signing_domain(site))}. IN TXT ( {quoted} )\n")


def _show_settings(files: Sequence[str]) -> None:
    click.echo("[mail.dkim]\nkeys = [" + ", ".join(f'"{file}"' for file in files) + "]\n")
