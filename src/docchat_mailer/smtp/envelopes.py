"""The envelope of a letter: what may not go out, and the commands that say where it goes."""

from __future__ import annotations

import re
from functools import lru_cache

from docchat_mailer.model.delivery import Letter, Outcome, Reason, Verdict
from docchat_mailer.smtp.offers import Offers

UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f<>\u2028\u2029\ud800-\udfff]")
"""What would end a command, or the address in it, too early."""

XTEXT = re.compile(r"[^!-*,-;?-~]")
"""What is written as its number in an envelope id (RFC 3461 section 4), with the marks of an address."""

ENVELOPE_ID = 100
"""Characters of an envelope id (RFC 3461 section 4.4)."""


def refusal(letter: Letter) -> Outcome | None:
    """Why *letter* goes to no server: its envelope would be two commands, or its lines are unsafe."""
    to = letter.recipient
    if not _safe(letter.sender):
        return _rejected(Reason.BAD_ADDRESS, repr(letter.sender))
    if UNSAFE.search(to.local) or not _safe(to.domain):
        return _rejected(Reason.BAD_ADDRESS, repr(str(to)))
    return None if letter.vouched else _loose(letter.message)


@lru_cache(1024)
def _safe(name: str) -> bool:
    """Whether a sender or a domain, which come again and again, can stand in a command."""
    return name.isascii() and UNSAFE.search(name) is None


def _loose(message: bytes) -> Outcome | None:
    """Why *message* is not sent: a lone CR or LF is the end of a line to some servers, and then of a message.

    No line of ours begins with a dot (it would have to be doubled, RFC 5321 section 4.5.2), so none is sent.
    """
    ends = message.count(b"\r\n")
    if message.count(b"\r") != ends or message.count(b"\n") != ends:
        return _rejected(Reason.CONTENT, "a line does not end in CRLF")
    if message.startswith(b".") or b"\n." in message:
        return _rejected(Reason.CONTENT, "a line begins with a dot")
    return None


def misfit(letter: Letter, offers: Offers) -> Outcome | None:
    """Why *letter* does not go to a server with these *offers*."""
    if letter.recipient.utf8 and not offers.smtputf8:
        return _rejected(Reason.NEEDS_SMTPUTF8, "the relay does not offer SMTPUTF8")
    if 0 < offers.size < len(letter.message):
        text = f"{len(letter.message)} bytes, and the relay takes {offers.size}"
        return Outcome(verdict=Verdict.UNSENT, text=text, reason=Reason.TOO_BIG)
    if not offers.eight_bit and not letter.message.isascii():
        return _rejected(Reason.CONTENT, "the relay does not offer 8BITMIME")
    return None


def mail_command(letter: Letter, offers: Offers, *, plain: bool) -> bytes:
    """``MAIL``, with what the server offers and the letter needs.

    *plain* leaves out what it can do without: the parameters of RFC 3461.
    """
    words = [f"MAIL FROM:<{letter.sender}>"]
    if letter.recipient.utf8:
        words.append("SMTPUTF8")
    if not letter.message.isascii():
        words.append("BODY=8BITMIME")
    if offers.dsn and not plain:
        words.append("RET=HDRS")
        name = xtext(letter.envelope_id)
        if 0 < len(name) <= ENVELOPE_ID:
            words.append(f"ENVID={name}")
    return (" ".join(words) + "\r\n").encode()


def rcpt_command(letter: Letter) -> bytes:
    """``RCPT``, in UTF-8 where the address needs it (RFC 6531)."""
    to = letter.recipient
    return f"RCPT TO:<{to.local}@{to.domain}>\r\n".encode()


def xtext(value: str) -> str:
    """*value* as RFC 3461 section 4 writes it: ``+`` and two hexadecimal digits for what is not plain."""
    return XTEXT.sub(lambda found: "".join(f"+{byte:02X}" for byte in found[0].encode()), value)


def _rejected(reason: Reason, text: str) -> Outcome:
    return Outcome(verdict=Verdict.REJECTED, text=text[:200], reason=reason)
