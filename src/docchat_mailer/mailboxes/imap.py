"""A mailbox on a server, by IMAP (RFC 9051): what is unseen is read, and seen once it was taken in."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from docchat_mailer.errors import ConfigError, TemporaryError
from docchat_mailer.mailboxes.pipe import LARGEST

SECONDS = 30.0
"""How long an answer may take."""

MOST = 1000
"""Messages that are taken in one visit."""

UID = re.compile(rb"\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImapSettings:
    """Where the mailbox is; *security* none is for this machine only.  *authority* replaces the system's."""

    host: str
    port: int = 993
    username: str = ""
    password: str = field(default="", repr=False)
    mailbox: str = "INBOX"
    security: str = "tls"
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class ImapMail:
    """One message, named by its number in the mailbox."""

    server: imaplib.IMAP4
    uid: str

    def read(self) -> bytes:
        """Its bytes; it stays unseen.

        Raises TemporaryError where the server does not give it.
        """
        kind, data = self.server.uid("FETCH", self.uid, f"(BODY.PEEK[]<0.{LARGEST}>)")
        for piece in data:
            if isinstance(piece, tuple):
                return bytes(piece[1])
        raise TemporaryError(f"message {self.uid} cannot be fetched", why=str(kind), fix="try again later")

    def done(self) -> None:
        """It was taken in: it is seen, and stays."""
        self.server.uid("STORE", self.uid, "+FLAGS.SILENT", r"(\Seen)")


@contextmanager
def mails(settings: ImapSettings) -> Iterator[Iterator[ImapMail]]:
    """What is unseen, oldest first.

    Raises ConfigError where the server refuses our login or the mailbox, or cannot be trusted, and
    TemporaryError where it is away.
    """
    server = _connected(settings)
    try:
        with _told(settings):
            server.login(settings.username, settings.password)
            kind, said = server.select(f'"{settings.mailbox}"')
            if kind != "OK":
                raise ConfigError(
                    f"there is no mailbox {settings.mailbox!r}",
                    why=repr(said),
                    fix="correct [bounces.imap] mailbox",
                )
            _, found = server.uid("SEARCH", "UNSEEN")
            uids = [uid.decode() for uid in UID.findall(found[0] or b"")][:MOST]
            yield (ImapMail(server, uid) for uid in uids)
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def _connected(settings: ImapSettings) -> imaplib.IMAP4:
    try:
        if settings.security == "none":
            return imaplib.IMAP4(settings.host, settings.port, timeout=SECONDS)
        trust = ssl.create_default_context(cafile=settings.authority)
        return imaplib.IMAP4_SSL(settings.host, settings.port, ssl_context=trust, timeout=SECONDS)
    except ssl.SSLError as exc:
        raise ConfigError(
            f"{settings.host} cannot be trusted",
            why=str(exc),
            fix="use the name its certificate has, or renew the certificate",
        ) from exc
    except (OSError, imaplib.IMAP4.error) as exc:
        raise TemporaryError(
            f"{settings.host} cannot be reached", why=str(exc), fix="try again later"
        ) from exc


@contextmanager
def _told(settings: ImapSettings) -> Iterator[None]:
    try:
        yield
    except imaplib.IMAP4.abort as exc:
        raise TemporaryError(f"{settings.host} went away", why=str(exc), fix="try again later") from exc
    except imaplib.IMAP4.error as exc:
        raise ConfigError(
            f"{settings.host} refuses us",
            why=str(exc),
            fix="correct the user and the password under [bounces.imap]",
        ) from exc
    except OSError as exc:
        raise TemporaryError(f"{settings.host} went away", why=str(exc), fix="try again later") from exc
