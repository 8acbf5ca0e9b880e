"""What a relay says of itself: greeted, secured and asked what it can; no letter is sent."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass

from docchat_mailer.smtp.relay import RelaySettings, context

Client = smtplib.SMTP


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """How far it went, and what was offered once the connection was secure.

    *unreachable*, *insecure* and *refused* say why it ended there: no greeting, no verified TLS, no login.
    *size* is the limit in bytes (RFC 1870), 0 for a relay that names none.
    """

    host: str
    unreachable: str = ""
    insecure: str = ""
    refused: str = ""
    size: int = 0
    pipelining: bool = False


def probe(settings: RelaySettings) -> Probe:
    """Connect, secure, log in where a name is set, and say goodbye; a password is sent after TLS alone."""
    try:
        client = _connected(settings)
    except ssl.SSLError as exc:
        return Probe(host=settings.host, insecure=_told(exc))
    except (OSError, smtplib.SMTPException) as exc:
        return Probe(host=settings.host, unreachable=_told(exc))
    try:
        return _asked(client, settings)
    except (OSError, smtplib.SMTPException) as exc:
        return Probe(host=settings.host, unreachable=_told(exc))
    finally:
        client.close()


def _connected(settings: RelaySettings) -> Client:
    name, patience = settings.ehlo_name or None, settings.connect_seconds
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            settings.host, settings.port, name, timeout=patience, context=context(settings)
        )
    return smtplib.SMTP(settings.host, settings.port, name, timeout=patience)


def _asked(client: Client, settings: RelaySettings) -> Probe:
    client.ehlo_or_helo_if_needed()
    insecure = _secure(client, settings) if settings.security == "starttls" else ""
    if insecure:
        return Probe(host=settings.host, insecure=insecure)
    client.ehlo_or_helo_if_needed()
    limit = client.esmtp_features.get("size", "")
    found = Probe(
        host=settings.host,
        refused=_login(client, settings) if settings.username else "",
        size=int(limit) if limit.isdigit() else 0,
        pipelining=client.has_extn("pipelining"),
    )
    client.docmd("QUIT")
    return found


def _secure(client: Client, settings: RelaySettings) -> str:
    """Start TLS; why it could not be, or an empty string."""
    if not client.has_extn("starttls"):
        return "it offers no STARTTLS"
    try:
        client.starttls(context=context(settings))
    except (ssl.SSLError, smtplib.SMTPResponseException) as exc:
        return _told(exc)
    return ""


def _login(client: Client, settings: RelaySettings) -> str:
    """Log in; why it could not be, or an empty string."""
    if not client.has_extn("auth"):
        return "it offers no AUTH"
    try:
        client.login(settings.username, settings.password)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as exc:
        return _told(exc)
    return ""


def _told(exc: Exception) -> str:
    """A library's error as one short line."""
    if isinstance(exc, smtplib.SMTPResponseException):
        said = exc.smtp_error
        return f"{exc.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"[:200]
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message
    return str(exc)[:200] or type(exc).__name__
