"""A route: how to reach one relay, how long to wait for it, and when to trust it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from docchat_mailer.errors import ConfigError
from docchat_mailer.rules.judging import Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class RelaySettings:
    """How to reach a relay; *authority* is a file of certificates to trust beside the system's."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """Seconds to wait for each thing, as RFC 5321 section 4.5.3.2 has them.

    *final* is long because a reply to the final dot that is not waited for makes duplicates (RFC 1047).
    """

    greeting: float = 300
    command: float = 300
    data: float = 120
    chunk: float = 180
    final: float = 600
    goodbye: float = 5

    def by_stage(self) -> Mapping[Stage, float]:
        """How long the reply of each stage may take."""
        waits = dict.fromkeys(Stage, self.command)
        return waits | {
            Stage.GREETING: self.greeting,
            Stage.DATA: self.data,
            Stage.BODY: self.final,
            Stage.QUIT: self.goodbye,
        }


def context(settings: RelaySettings) -> ssl.SSLContext:
    """Certificates and host names are always checked, and TLS is at least 1.2."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.authority is not None:
        made.load_verify_locations(settings.authority)
    return made
