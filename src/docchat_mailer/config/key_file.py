"""The file of secrets: a line of hex digits each, the site's own first, then each newer one of links.

The first is for ever: Message-IDs, return paths and the marks of addresses that want nothing are made with
it.  Links are made with the last.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from docchat_mailer.disk import write_whole
from docchat_mailer.errors import ConfigError

KEY_BYTES = 32


def read_keys(file: Path) -> list[bytes]:
    """The secrets, oldest first, one at least.

    Raises FileNotFoundError where there is no such file, ConfigError where it is damaged.
    """
    try:
        keys = [bytes.fromhex(line) for line in file.read_text(encoding="ascii").splitlines()]
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as exc:
        raise ConfigError(
            f"the key file {file} cannot be read", why=str(exc), fix="restore it from a backup"
        ) from exc
    lengths = [len(key) for key in keys] or [0]
    if set(lengths) != {KEY_BYTES}:
        wrong = next(length for length in lengths if length != KEY_BYTES)
        raise ConfigError(
            f"the key file {file} holds {wrong} bytes",
            why=f"a key has {KEY_BYTES}, as {KEY_BYTES * 2} hex digits",
            fix="restore it from a backup",
        )
    return keys


def add_key(file: Path) -> bytes:
    """A new secret, written below those in *file*, which is made where there is none."""
    key = secrets.token_bytes(KEY_BYTES)
    keys = [*(read_keys(file) if file.exists() else []), key]
    text = "".join(f"{one.hex()}\n" for one in keys)
    write_whole(file, text.encode("ascii"), mode=0o600)
    return key
