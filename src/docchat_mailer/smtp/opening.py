"""From the greeting to the login: what to say, given what was answered; no byte is sent or read here.

A conversation is a generator: it yields what to do next and is sent the reply.
No word of a login and none of a letter comes before TLS, unless the route is this machine's own.
"""

from __future__ import annotations

import base64
from collections.abc import Generator
from dataclasses import dataclass

from docchat_mailer.errors import RelayDownError, RelayRefusedError
from docchat_mailer.rules.judging import Stage
from docchat_mailer.smtp.offers import Offers, offers_of
from docchat_mailer.smtp.reading import Reply
from docchat_mailer.smtp.route import RelaySettings


@dataclass(frozen=True, slots=True)
class Say:
    """Send *command* (nothing, to hear the greeting) and wait for the reply."""

    command: bytes
    stage: Stage


@dataclass(frozen=True, slots=True)
class Secure:
    """Begin TLS, now; there is no reply to wait for."""


Steps = Generator[Say | Secure, Reply, Offers]

READY, GO_ON, LOGGED_IN, CLOSING = 220, 334, 235, 421


def opening(settings: RelaySettings, name: str) -> Steps:
    """Say hello as *name* and log in; what the server offers then.

    Raises RelayDownError where the server is not at home, RelayRefusedError where it refuses us or is not to
    be trusted.
    """
    if settings.security == "tls":
        yield Secure()
    greeting = yield Say(b"", Stage.GREETING)
    if greeting.code != READY:
        raise down(settings, f"it greets with {_told(greeting)}")
    offers = yield from _hello(settings, name)
    if settings.security == "starttls":
        yield from _secure(settings, offers)
        offers = yield from _hello(settings, name)  # what was offered before TLS is forgotten (RFC 3207)
    if settings.username:
        yield from _login(settings, offers)
    return offers


def _hello(settings: RelaySettings, name: str) -> Steps:
    """EHLO, and HELO to a server that knows no other."""
    reply = yield _line(f"EHLO {name}", Stage.HELLO)
    if reply.positive:
        return offers_of(reply.lines)
    if reply.code // 100 == 5:  # noqa: PLR2004 - the first digit is the answer
        reply = yield _line(f"HELO {name}", Stage.HELLO)
    if not reply.positive:
        raise down(settings, f"it answers our hello with {_told(reply)}")
    return Offers()


def _secure(settings: RelaySettings, offers: Offers) -> Generator[Say | Secure, Reply, None]:
    if not offers.starttls:
        raise RelayRefusedError(
            f"{settings.host} offers no STARTTLS",
            why="letters and passwords would travel unencrypted",
            fix='use the port for security = "tls", or ask the relay\'s operator',
        )
    reply = yield _line("STARTTLS", Stage.SECURITY)
    if reply.code == CLOSING:
        raise down(settings, f"it answers STARTTLS with {_told(reply)}")
    if reply.code != READY:
        raise RelayRefusedError(
            f"{settings.host} does not begin TLS",
            why=f"it answers STARTTLS with {_told(reply)}",
            fix="ask the relay's operator; nothing is sent without TLS",
        )
    yield Secure()


def _login(settings: RelaySettings, offers: Offers) -> Generator[Say | Secure, Reply, None]:
    """PLAIN (RFC 4616), or LOGIN where only that is offered."""
    if "PLAIN" in offers.auth:
        word = _base64(f"\0{settings.username}\0{settings.password}")
        reply = yield _line(f"AUTH PLAIN {word}", Stage.LOGIN)
        words = [word]
    elif "LOGIN" in offers.auth:
        reply = yield _line("AUTH LOGIN", Stage.LOGIN)
        words = [_base64(settings.username), _base64(settings.password)]
    else:
        raise _refused(settings, "it offers neither AUTH PLAIN nor AUTH LOGIN")
    for word in words:
        if reply.code != GO_ON:
            break
        reply = yield _line(word, Stage.LOGIN)
    if reply.code // 100 == 4:  # noqa: PLR2004 - the first digit is the answer
        raise down(settings, f"it answers our login with {_told(reply)}")
    if reply.code != LOGGED_IN:
        raise _refused(settings, _told(reply))


def down(settings: RelaySettings, why: str) -> RelayDownError:
    """The relay is not there for us now."""
    return RelayDownError(
        f"{settings.host}, port {settings.port}, cannot be used now",
        why=why,
        fix="see host and port under [mail.smtp]; it is tried again",
    )


def untrusted(settings: RelaySettings, why: str) -> RelayRefusedError:
    """Its TLS is not what we ask for."""
    return RelayRefusedError(
        f"the TLS of {settings.host} cannot be trusted",
        why=why,
        fix="see host under [mail.smtp], or ask the relay's operator; nothing was sent",
    )


def _refused(settings: RelaySettings, why: str) -> RelayRefusedError:
    return RelayRefusedError(
        f"{settings.host} refuses the login of {settings.username!r}",
        why=why,
        fix="see username and password_file under [mail.smtp]",
    )


def _line(text: str, stage: Stage) -> Say:
    return Say(text.encode() + b"\r\n", stage)


def _base64(words: str) -> str:
    return base64.b64encode(words.encode()).decode("ascii")


def _told(reply: Reply) -> str:
    """A reply as one short line."""
    return f"{reply.code} {' '.join(reply.lines)}"[:200].strip()
