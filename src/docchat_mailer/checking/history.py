"""The posts against what is published: numbers, ids and files that may not change any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from docchat_mailer.content.library import Library
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.planning import History
from docchat_mailer.model.publication import Kind, Publication, RevisionHead
from docchat_mailer.model.series import Part, Source, part_key
from docchat_mailer.rules.planning import part_slot

NEAR = timedelta(days=3)
"""A slot this close whose part is not written is worth a word."""


def find_renames(
    library: Library, published: Sequence[Publication], heads: Mapping[int, RevisionHead]
) -> list[tuple[Publication, Part]]:
    """Published parts whose text now stands under another key, with the part that has it."""
    written = {part.key: part for series in library.series for part in series.parts}
    by_digest = {part.digest: part for part in written.values()}
    by_slug = {(part.series, part.slug): part for part in written.values()}
    found = []
    for publication in published:
        if publication.kind is not Kind.RELEASE:
            continue
        key = part_key(publication.series, publication.number)
        here = written.get(key)
        same_text = by_digest.get(heads[publication.id].source_digest)
        moved = same_text or by_slug.get((publication.series, publication.slug))
        if moved is not None and moved.key != key and (here is None or here.slug != publication.slug):
            found.append((publication, moved))
    return found


def history_findings(
    library: Library,
    published: Sequence[Publication],
    heads: Mapping[int, RevisionHead],
    histories: Mapping[str, History],
    now: datetime,
) -> Iterator[Finding]:
    """What would change an id or a number, what is gone, promised and not written, or has no slot."""
    renames = find_renames(library, published, heads)
    for publication, part in renames:
        old = part_key(publication.series, publication.number)
        yield finding(
            "C301",
            part.source,
            f"the published part {old} is now {part.key}",
            series=part.series,
            old=old,
            new=part.key,
        )
    moved = {publication.id for publication, _ in renames}
    yield from _gone(library, [p for p in published if p.id not in moved])
    yield from _ids(library, published)
    for series in library.series:
        history = histories.get(series.slug, History())
        for number in series.numbers:
            if history.part(number).released is not None:
                continue
            slot = part_slot(series, history, number, now)
            if slot is None and series.part(number) is not None and not series.fault:
                what = f"part {number} has no slot"
                yield finding("C308", series.source, what, series=series.slug, part=number)
            if slot is not None and series.part(number) is None and slot - now <= NEAR:
                what = f"part {number} is promised for {slot:%Y-%m-%d %H:%M} UTC and not written"
                yield finding("C303", series.source, what, series=series.slug, part=number)


def _gone(library: Library, published: Sequence[Publication]) -> Iterator[Finding]:
    written = {part.key for series in library.series for part in series.parts}
    for publication in published:
        key = part_key(publication.series, publication.number)
        if publication.kind is Kind.RELEASE and key not in written:
            yield finding(
                "C302",
                Source(path=publication.series),
                f"the file of the published part {key} is gone",
                series=publication.series,
                part=publication.number,
            )


def _ids(library: Library, published: Sequence[Publication]) -> Iterator[Finding]:
    owners = {p.entry_id: part_key(p.series, p.number) for p in published if p.kind is Kind.RELEASE}
    for series in library.series:
        for part in series.parts:
            owner = owners.get(part.entry_id or "", part.key)
            if owner != part.key:
                what = f"the entry id {part.entry_id} belongs to {owner}"
                yield finding("C307", part.source, what, series=part.series, part=part.number)
