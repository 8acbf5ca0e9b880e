"""The domain name system as the program asks it."""

from __future__ import annotations

from typing import Literal, Protocol

Kind = Literal["TXT", "MX", "A", "AAAA", "PTR"]


class Resolver(Protocol):
    """What answers questions about names: the DNS, or a zone in memory."""

    def look_up(self, name: str, kind: Kind) -> tuple[str, ...]:
        """The records of *kind* at *name*; none where there are none.

        The strings of a TXT record are joined; an MX is its host without the closing dot, and empty for the
        null MX (RFC 7505); a PTR is its name, likewise.  Raises TemporaryError where there is no answer.
        """
