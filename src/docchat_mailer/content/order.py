"""What holds between files: numbers without holes or doubles, names used once, dates in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding, Severity
from docchat_mailer.model.series import Part, Series, Source


def settle_series(series: Series, found: Sequence[Finding]) -> tuple[Series, tuple[Finding, ...]]:
    """*series* with its parts in order and without drafts, held by its first error, and the faults of order.

    *found* is what its files were found to have.  Parts after a draft wait for it and are left out.
    """
    if (
        not found
        and not series.outline
        and [(part.number, part.draft) for part in series.parts] == [(1, False)]
    ):
        return series, ()  # a first part alone is in order; a blog has thousands of such posts
    parts = sorted(series.parts, key=lambda part: (part.number, part.source.path))
    order = (*_doubles(parts), *_gaps(series, parts), *_waiting(parts), *_dates(parts))
    first_draft = min((part.number for part in parts if part.draft), default=None)
    ready = tuple(part for part in parts if first_draft is None or part.number < first_draft)
    return replace(series, parts=ready, fault=fault_of((*found, *order))), order


def fault_of(found: Iterable[Finding]) -> str:
    """The sentence that holds a series: its first error, with file and line; empty where there is none."""
    errors = [one for one in found if one.severity is Severity.ERROR]
    if not errors:
        return ""
    first = min(errors, key=lambda one: (one.source.path, one.source.line))
    return f"{first.source}: {first.what} - {first.fix}"


def _doubles(parts: Sequence[Part]) -> Iterable[Finding]:
    yield from _twice(parts, "C131", "number", "part {}")
    yield from _twice(parts, "C133", "slug", "the slug {!r}")


def _twice(parts: Sequence[Part], code: str, attribute: str, words: str) -> Iterable[Finding]:
    first: dict[object, Part] = {}
    for part in parts:
        value = getattr(part, attribute)
        other = first.setdefault(value, part)
        if other is not part:
            what = f"{words.format(value)} stands in {other.source.path} and in {part.source.path}"
            yield finding(code, part.source, what, part=part.number)


def _gaps(series: Series, parts: Sequence[Part]) -> Iterable[Finding]:
    numbers = {part.number for part in parts} | {item.number for item in series.outline}
    for missing in range(1, max(numbers, default=0)):
        if missing in numbers:
            continue
        after = next((part for part in parts if part.number > missing), None)
        what = f"part {missing} is missing, and part {min(n for n in numbers if n > missing)} is there"
        yield finding("C130", after.source if after else series.source, what, part=missing)
        return


def _waiting(parts: Sequence[Part]) -> Iterable[Finding]:
    draft = next((part for part in parts if part.draft), None)
    if draft is None:
        return
    for part in parts:
        if part.number > draft.number and not part.draft:
            what = f"part {part.number} waits: part {draft.number} ({draft.source.path}) is a draft"
            yield finding("C136", part.source, what, part=part.number)


def _dates(parts: Sequence[Part]) -> Iterable[Finding]:
    before: Part | None = None
    for part in parts:
        if part.publish is None:
            continue
        if before is not None and before.publish is not None and part.publish <= before.publish:
            what = f"part {part.number} is dated {part.publish:%Y-%m-%d}, not after part {before.number}"
            yield finding("C135", part.source, what, part=part.number)
        before = part


def settle_names(series: Sequence[Series]) -> tuple[tuple[Series, ...], tuple[Finding, ...]]:
    """All series by slug, with those held that share a name or an entry id with another."""
    found = (*_same_names(series), *_same_ids(series))
    held: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in found:
        held[one.series].append(one)
    unique = {one.slug: one for one in sorted(series, key=lambda one: one.lone, reverse=True)}
    settled = (
        replace(one, fault=one.fault or fault_of(held[slug])) if slug in held else one
        for slug, one in sorted(unique.items())
    )
    return tuple(settled), found


def _same_names(series: Sequence[Series]) -> Iterable[Finding]:
    first: dict[str, Series] = {}
    for one in series:
        other = first.setdefault(one.slug, one)
        if other is not one:
            what = f"{one.slug!r} is the name of {other.source.path} and of {one.source.path}"
            yield finding("C137", one.source, what, series=one.slug)


def _same_ids(series: Sequence[Series]) -> Iterable[Finding]:
    first: dict[str, Part] = {}
    for one in series:
        for part in one.parts:
            if part.entry_id is None:
                continue
            other = first.setdefault(part.entry_id, part)
            if other is not part:
                what = f"the entry id {part.entry_id!r} is also in {other.source.path}"
                yield finding("C134", Source(path=part.source.path), what, series=one.slug, part=part.number)
                what = f"the entry id {part.entry_id!r} is also in {part.source.path}"
                yield finding(
                    "C134", Source(path=other.source.path), what, series=other.series, part=other.number
                )
