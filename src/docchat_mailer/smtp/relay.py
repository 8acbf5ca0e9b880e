"""An SMTP relay, one letter after the other: the standard library's client in a thread of its own."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from docchat_mailer.errors import ConfigError, RelayError
from docchat_mailer.model.delivery import DeliveryId, Letter, Outcome, Verdict
from docchat_mailer.smtp.replies import CONFIGURATION, Stage, judge

NETWORK = "network"
"""The reason of an outcome for which no attempt is charged: the relay was not reached."""

MESSAGES = 1000
SECONDS = 300
"""A connection is closed after so many messages or seconds, before a server's own limits do it."""

PATIENCE = 3
"""Connections that may fail one after the other before the rest of its letters is put off at once."""

REPLY_SECONDS = 300
FINAL_SECONDS = 600
"""How long a reply may take, and the one to the final dot (RFC 5321 section 4.5.3.2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RelaySettings:
    """How to reach a relay; *authority* is a file of certificates to trust beside the system's."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    ehlo_name: str = ""
    authority: Path | None = None
    connect_seconds: float = 30

    def __post_init__(self) -> None:
        """Refuse to send in the clear to anywhere but this machine.

        Raises ConfigError.
        """
        loopback = self.host in {"localhost", "::1"} or self.host.startswith("127.")
        if self.security == "none" and not loopback:
            raise ConfigError(
                f"mail to {self.host} would travel unencrypted",
                why='security = "none" is for this machine only',
                fix='write security = "starttls" or "tls" under [mail.smtp]',
            )


class SmtpCourier:
    """Carries letters to a relay in lock-step; verified TLS comes before any word of a letter."""

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = settings
        self._client: smtplib.SMTP | None = None
        self._sent, self._since, self._failures = 0, 0.0, 0
        self._dotted = False

    async def deliver(
        self, letters: AsyncIterator[Letter], before_body: Callable[[DeliveryId], None]
    ) -> AsyncIterator[tuple[DeliveryId, Outcome]]:
        """Carry *letters* out, in order.

        Raises RelayError where the relay refuses our login or our settings: nobody's letter is to blame.
        """
        loop = asyncio.get_running_loop()
        self._failures = 0
        with ThreadPoolExecutor(1, thread_name_prefix="smtp") as thread:
            try:
                async for letter in letters:
                    outcome = await loop.run_in_executor(thread, self._carry, letter, before_body)
                    yield letter.id, outcome
            finally:
                await loop.run_in_executor(thread, self._close)

    def _carry(self, letter: Letter, before_body: Callable[[DeliveryId], None]) -> Outcome:
        refusal = _refusal(letter)
        if refusal is not None:
            return refusal
        self._dotted = False
        try:
            client = self._connected()
            if letter.recipient.utf8 and not client.has_extn("smtputf8"):
                return Outcome(verdict=Verdict.REJECTED, reason="needs-smtputf8")
            outcome = self._envelope(client, letter)
            if outcome is None:
                before_body(letter.id)
                outcome = self._body(client, letter)
        except (OSError, smtplib.SMTPException) as exc:
            self._drop()
            self._failures += 1
            if self._dotted:
                return Outcome(verdict=Verdict.UNCERTAIN, text=str(exc)[:200], reason="no reply")
            return Outcome(verdict=Verdict.DEFERRED, text=str(exc)[:200], reason=NETWORK)
        except BaseException:
            self._drop()  # in the middle of a letter a goodbye would be taken for its text
            raise
        self._failures = 0
        return outcome

    def _envelope(self, client: smtplib.SMTP, letter: Letter) -> Outcome | None:
        """MAIL, RCPT and DATA; the outcome where one of them is refused.

        Raises RelayError where our settings are refused before any reader is named.
        """
        options = " SMTPUTF8" if letter.recipient.utf8 else ""
        client.command_encoding = "utf-8" if letter.recipient.utf8 else "ascii"
        steps = (
            (Stage.MAIL, f"MAIL FROM:<{letter.sender}>{options}"),
            (Stage.RCPT, f"RCPT TO:<{letter.recipient}>"),
            (Stage.DATA, "DATA"),
        )
        for stage, command in steps:
            code, text = _said(client.docmd(command))
            if code // 100 == (3 if stage is Stage.DATA else 2):
                continue
            outcome = judge(code, text, stage)
            if outcome.reason == "out of step":
                self._drop()
            else:
                self._after_refusal(client, code)
            if stage is Stage.MAIL and outcome.reason == CONFIGURATION:
                raise RelayError(
                    f"{self._settings.host} refuses our letters",
                    why=f"{code} {text}",
                    fix="see the login under [mail.smtp] and the sender under [mail]",
                )
            return outcome
        return None

    def _body(self, client: smtplib.SMTP, letter: Letter) -> Outcome:
        """The message and the final dot; no line of ours begins with a dot, so nothing is stuffed."""
        message = letter.message if letter.message.endswith(b"\r\n") else letter.message + b"\r\n"
        if client.sock is not None:
            client.sock.settimeout(FINAL_SECONDS)
        start = max(0, len(message) - LAST_PIECE)
        if start:
            client.send(message[:start])
        self._dotted = True
        client.send(message[start:] + b".\r\n")
        code, text = _said(client.getreply())
        if client.sock is not None:
            client.sock.settimeout(REPLY_SECONDS)
        self._sent += 1
        if code == CLOSING or code // 100 == 3:  # noqa: PLR2004 - it still waits for text
            self._drop()
        return judge(code, text, Stage.BODY)

    def _after_refusal(self, client: smtplib.SMTP, code: int) -> None:
        """Make ready for the next letter; the refusal stands, whether or not the relay hears this."""
        if code != CLOSING:
            try:
                if client.docmd("RSET")[0] // 100 == OK:
                    return
            except (OSError, smtplib.SMTPException):
                pass
        self._drop()

    def _connected(self) -> smtplib.SMTP:
        if self._failures >= PATIENCE:
            raise ConnectionError(f"{self._settings.host} could not be reached {PATIENCE} times")
        stale = self._sent >= MESSAGES or time.monotonic() - self._since > SECONDS
        if self._client is not None and not stale:
            return self._client
        self._close()
        self._client = self._connect()
        self._sent, self._since = 0, time.monotonic()
        return self._client

    def _connect(self) -> smtplib.SMTP:
        """A greeted, secured and logged-in connection; no password and no letter goes before TLS."""
        settings = self._settings
        name = settings.ehlo_name or None
        if settings.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host,
                settings.port,
                name,
                timeout=settings.connect_seconds,
                context=context(settings),
            )
        else:
            client = smtplib.SMTP(settings.host, settings.port, name, timeout=settings.connect_seconds)
        try:
            self._prepare(client)
        except BaseException:
            client.close()
            raise
        return client

    def _prepare(self, client: smtplib.SMTP) -> None:
        settings = self._settings
        if settings.security == "starttls":
            client.ehlo_or_helo_if_needed()
            if not client.has_extn("starttls"):
                raise RelayError(
                    f"{settings.host} offers no STARTTLS",
                    why="letters and passwords would travel unencrypted",
                    fix='use the port for security = "tls", or ask the relay\'s operator',
                )
            client.starttls(context=context(settings))
        client.ehlo_or_helo_if_needed()
        if settings.username:
            self._login(client)
        if client.sock is not None:
            client.sock.settimeout(REPLY_SECONDS)

    def _login(self, client: smtplib.SMTP) -> None:
        try:
            client.login(self._settings.username, self._settings.password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as exc:
            raise RelayError(
                f"{self._settings.host} refuses the login of {self._settings.username!r}",
                why=str(exc),
                fix="see username and password_file under [mail.smtp]",
            ) from exc

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _close(self) -> None:
        """Say goodbye, if anybody is there to hear it."""
        if self._client is not None:
            try:
                self._client.quit()
            except (OSError, smtplib.SMTPException):
                self._client.close()
            self._client = None


LAST_PIECE = 64 * 1024
"""Bytes that go out together with the final dot; until then a lost connection means: not sent."""

OK = 2
"""The first digit of a reply that says yes (RFC 5321 section 4.2.1)."""

CLOSING = 421
"""The server closes the connection (RFC 5321 section 3.8)."""


def context(settings: RelaySettings) -> ssl.SSLContext:
    """Certificates and host names are always checked, and TLS is at least 1.2."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.authority is not None:
        context.load_verify_locations(settings.authority)
    return context


UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f<>\u2028\u2029\ud800-\udfff]")

LOOSE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
"""A CR or LF alone: some servers take it for the end of a line, and then of a message."""
"""What would end a command, or the address in it, too early."""


def _refusal(letter: Letter) -> Outcome | None:
    """A letter whose envelope would be more than one command, or that needs dot-stuffing, is not sent."""
    for address in (letter.sender, str(letter.recipient)):
        if UNSAFE.search(address) or not address.rpartition("@")[2].isascii():
            return Outcome(verdict=Verdict.REJECTED, text=repr(address)[:200], reason="bad address")
    if not letter.sender.isascii():
        return Outcome(verdict=Verdict.REJECTED, text=letter.sender[:200], reason="bad address")
    if LOOSE_END.search(letter.message):
        return Outcome(verdict=Verdict.REJECTED, reason="a line does not end in CRLF")
    if b"\n." in letter.message or letter.message.startswith(b"."):
        return Outcome(verdict=Verdict.REJECTED, reason="a line begins with a dot")
    return None


def _said(reply: tuple[int, bytes]) -> tuple[int, str]:
    code, text = reply
    if code == -1:
        raise smtplib.SMTPServerDisconnected("the reply could not be read")
    return code, text.decode("utf-8", "replace")
