"""What letters are signed with: the private keys that the settings name, read from their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from docchat_mailer.config.settings import Config, split_mailbox
from docchat_mailer.errors import ConfigError
from docchat_mailer.letter.dkim import PrivateKey, Signer, SigningKey
from docchat_mailer.letter.dkim_keys import algorithm, read_key
from docchat_mailer.smtp.profiles import PROFILES


def signing_domain(config: Config) -> str:
    """The domain that vouches for letters: the one in the settings, else the sender's."""
    mail = config.tables.mail
    return mail.dkim.domain or split_mailbox(mail.from_)[1].rpartition("@")[2]


def signer(config: Config, *, rsa: Callable[[Sequence[bytes]], list[bytes]] | None = None) -> Signer | None:
    """What signs letters as the settings say; None where they name no key.

    *rsa* signs in place of the RSA key.
    Raises ConfigError for a key that cannot be used.
    """
    keys = signing_keys(config)
    if not keys:
        return None
    smtp = config.tables.mail.smtp
    profile = PROFILES[smtp.profile if smtp else "generic"]
    return Signer(signing_domain(config), keys, rewritten=profile.rewrites, rsa=rsa)


def rsa_key(config: Config) -> PrivateKey | None:
    """The RSA key of the settings, if they name one."""
    keys = (key.private for key in signing_keys(config))
    return next((key for key in keys if algorithm(key) == "rsa"), None)


def signing_keys(config: Config) -> list[SigningKey]:
    """Every key of the settings, in their order, under its selector: the name of its file without .pem.

    Raises ConfigError where one cannot be read or used, or there are two of one kind.
    """
    found: dict[str, SigningKey] = {}
    for file in key_files(config):
        key = SigningKey(selector=file.stem, private=_read(file, config))
        other = found.setdefault(algorithm(key.private), key)
        if other is not key:
            raise ConfigError(
                f"the DKIM keys {other.selector} and {key.selector} are both {algorithm(key.private)}",
                where=config.file.name,
                why="a letter is signed once with each kind",
                fix="leave the old one out of [mail.dkim] keys; its record stays a while",
            )
    return list(found.values())


def key_files(config: Config) -> list[Path]:
    """Where the private keys are."""
    return [config.path(written) for written in config.tables.mail.dkim.keys]


def _read(file: Path, config: Config) -> PrivateKey:
    try:
        return read_key(file.read_bytes())
    except OSError as exc:
        why = str(exc.strerror)
    except ValueError as exc:
        why = str(exc)
    raise ConfigError(
        f"the DKIM key {file} cannot be used",
        where=config.file.name,
        why=why,
        fix="restore it from a backup, or make one with `docchat-mailer keys new`",
    )
