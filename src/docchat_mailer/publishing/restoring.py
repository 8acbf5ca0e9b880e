"""A lost database: what the identity file names is published again under its old name, and mails nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.series import Series
from docchat_mailer.publishing.composing import Composed, announcement_revision, release_revision
from docchat_mailer.publishing.freezing import Manuscript, freeze
from docchat_mailer.publishing.identity import Identity
from docchat_mailer.publishing.stepping import Desk


def restore(desk: Desk, lost: Sequence[Identity], now: datetime) -> list[Identity]:
    """Publish each of *lost* again, oldest first; returns those whose text is nowhere to be found."""
    series_by_slug = {series.slug: series for series in desk.library.series}
    homeless: list[Identity] = []
    for line in sorted(lost, key=lambda line: (line.published_at, line.entry_id)):
        series = series_by_slug.get(line.series)
        composed = _compose(desk, series, line, now) if series is not None else None
        if series is None or composed is None:
            homeless.append(line)
            continue
        freeze(desk.press, desk.authority, _manuscript(series, line, composed), now, mail=False)
    return homeless


def remembered(desk: Desk, lost: Sequence[Identity]) -> Desk:
    """The desk as if *lost* were published again: for a question, such as a plan in a fresh clone."""
    histories = dict(desk.histories)
    for line in lost:
        history = desk.history(line.series) if line.series not in histories else histories[line.series]
        past = history.part(line.number)
        if line.kind is Kind.RELEASE:
            past = replace(past, released=line.published_at, slot=line.published_at)
        else:
            past = replace(past, announced=line.published_at)
        histories[line.series] = replace(history, parts={**history.parts, line.number: past})
    return replace(desk, histories=histories)


def _compose(desk: Desk, series: Series, line: Identity, now: datetime) -> Composed | None:
    part = series.part(line.number)
    press = desk.press
    if line.kind is Kind.RELEASE:
        if part is None:
            return None
        return release_revision(
            press.posts, press.site, series, part, path=line.path, pages=desk.pages, now=line.published_at
        )
    if part is None and series.promised(line.number) is None:
        return None
    return announcement_revision(
        press.announcements, press.site, series, line.number, due=line.published_at, now=now
    )


def _manuscript(series: Series, line: Identity, composed: Composed) -> Manuscript:
    return Manuscript(
        series=series,
        number=line.number,
        kind=line.kind,
        slug=line.path.rstrip("/").removesuffix("/soon").rsplit("/", 1)[-1],
        path=line.path,
        composed=composed,
        slot=None,
        entry_id=line.entry_id,
        aliases=line.aliases,
        published_at=line.published_at,
    )
