"""The panel beside a part: what ``check`` says of it, of its series and of its place in history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from docchat_mailer.checking.history import history_findings
from docchat_mailer.checking.proofreading import findings_for, judged
from docchat_mailer.model.finding import Finding, Severity
from docchat_mailer.publishing.contents import Spot
from docchat_mailer.publishing.galleys import Galley, with_part
from docchat_mailer.publishing.inspecting import UNDATED, proofreader
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.render.letters import ComposedLetter

WEIGHTS = tuple(Severity)
"""Heaviest first."""


def panel(
    desk: Desk, spot: Spot, made: tuple[ComposedLetter, Galley] | None, now: datetime
) -> tuple[Finding, ...]:
    """The findings about *spot*, heaviest first; *made* is its letter and what that was made of, at hand.

    Nothing is raised for what is wrong with the part: it is a finding.
    """
    found = [*_of_files(desk, spot, now), *_of_part(desk, spot, made, now)]
    unique = dict.fromkeys(found)
    return tuple(
        sorted(
            unique, key=lambda one: (WEIGHTS.index(one.severity), one.source.path, one.source.line, one.code)
        )
    )


def _of_files(desk: Desk, spot: Spot, now: datetime) -> list[Finding]:
    """What is wrong with its file, its series' file and what was published before."""
    paths = {spot.key, spot.series.source.path}
    in_files = [one for one in desk.library.findings if one.source.path in paths]
    if desk.history(spot.series.slug).part(spot.number).released is not None:
        in_files = [one for one in in_files if one.code != UNDATED]
    shelf = desk.shelf
    history = history_findings(desk.library, shelf.publications, shelf.heads, desk.histories, now)
    mine = (one for one in history if one.series == spot.series.slug and one.part in {None, spot.number})
    return [*in_files, *mine]


def _of_part(
    desk: Desk, spot: Spot, made: tuple[ComposedLetter, Galley] | None, now: datetime
) -> tuple[Finding, ...] | list[Finding]:
    if made is not None and made[1].body is None:
        source = replace(spot.series.source, line=1)
        return judged(made[0], made[1].proof.entry, desk.press.site, source, spot.series.slug)
    if spot.part is None:
        return ()
    seen, series = with_part(desk, spot.series, spot.part)
    return findings_for(proofreader(seen), series, spot.part, now, made[0] if made else None)
