"""Findings as lines for a person, or as JSON for a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from docchat_mailer.cli.output import print_json, say

if TYPE_CHECKING:
    from docchat_mailer.model.finding import Finding

FIELDS = ("code", "severity", "what", "why", "fix", "series", "part")


def counted(found: Sequence[Finding]) -> dict[str, int]:
    """How many of each weight."""
    return {weight: sum(one.severity == weight for one in found) for weight in ("error", "warning", "note")}


def show_findings(schema: str, found: Sequence[Finding], *, as_json: bool) -> None:
    """A line for each on stdout and the counts on stderr; or one object of *schema* with both."""
    counts = counted(found)
    if as_json:
        print_json(schema, {"counts": counts, "findings": [_plain(one) for one in found]})
        return
    for one in found:
        click.echo(f"{one.severity}: {one}")
    say(", ".join(f"{count} {weight}{'' if count == 1 else 's'}" for weight, count in counts.items()))


def _plain(one: Finding) -> dict[str, object]:
    return {"file": one.source.path, "line": one.source.line, **{name: getattr(one, name) for name in FIELDS}}
