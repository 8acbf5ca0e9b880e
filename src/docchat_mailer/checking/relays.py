"""What may be wrong with a relay, from what it said when it was asked."""

from __future__ import annotations

from collections.abc import Iterator

from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source
from docchat_mailer.smtp.probing import Probe

NEEDED = 512 * 1024
"""Bytes of the largest message: 90 KB of HTML and its text, both encoded for the way, with room."""


def relay_findings(said: Probe) -> Iterator[Finding]:
    """Everything that should be changed about the relay; what could not be asked is not told."""
    where = Source(path="config.toml")
    if said.unreachable:
        yield finding("C821", where, f"{said.host} cannot be talked to", why=said.unreachable)
        return
    if said.insecure:
        yield finding("C822", where, f"no secure connection to {said.host}: {said.insecure}")
        return
    if said.refused:
        yield finding("C823", where, f"no login at {said.host}: {said.refused}")
    if 0 < said.size < NEEDED:
        yield finding("C824", where, f"{said.host} takes messages of {said.size} bytes at most")
    if not said.pipelining:
        yield finding("C825", where, f"{said.host} offers no PIPELINING")
