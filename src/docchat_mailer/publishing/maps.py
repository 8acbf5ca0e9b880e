"""The part map of a series: what is out, what is dated, what is only promised."""

from __future__ import annotations

from datetime import datetime, timedelta

from docchat_mailer.model.planning import Action, History, Step
from docchat_mailer.model.publication import Publication
from docchat_mailer.model.series import Series, SeriesFacts
from docchat_mailer.model.site import Site
from docchat_mailer.publishing.shelf import Shelf
from docchat_mailer.render.views import MapItem, SeriesPage, Standing
from docchat_mailer.rules.planning import outlook

HORIZON = timedelta(days=3 * 366)
"""How far ahead the map of a series gives dates."""


def series_page(
    site: Site, shelf: Shelf, facts: SeriesFacts, *, series: Series | None, history: History, now: datetime
) -> SeriesPage:
    """The page of one series; *series* is None where its folder is gone and only what is out remains."""
    view = shelf.series_view(facts.slug)
    if view is None:
        raise ValueError(f"{facts.slug} is a lone post")
    out = {publication.number: publication for publication in shelf.releases.get(facts.slug, ())}
    coming = _coming(series, history, now) if series is not None else {}
    numbers = sorted({*out, *coming, *(series.numbers if series is not None else ())})
    return SeriesPage(
        series=view,
        summary=facts.summary,
        language=facts.language,
        tags=facts.tags,
        items=tuple(
            _out(shelf, out[number])
            if number in out
            else _to_come(number, series, coming.get(number), now, show_overdue=site.show_overdue)
            for number in numbers
        ),
        promises=tuple(
            shelf.promise_view(promise)
            for publication in out.values()
            for promise in publication.promises
            if promise.kept_by is None
        ),
    )


def _coming(series: Series, history: History, now: datetime) -> dict[int, Step]:
    steps = outlook(series, history, now, now + HORIZON)
    return {step.number: step for step in steps if step.action is not Action.ANNOUNCE}


def _out(shelf: Shelf, publication: Publication) -> MapItem:
    head = shelf.heads[publication.id]
    return MapItem(
        number=publication.number,
        title=head.bare_title,
        summary=head.summary,
        standing=Standing.OUT,
        path=publication.path,
        at=publication.published_at,
    )


def _to_come(
    number: int, series: Series | None, step: Step | None, now: datetime, *, show_overdue: bool
) -> MapItem:
    named = (series.part(number) or series.promised(number)) if series is not None else None
    due = step.due if step is not None and step.action is Action.RELEASE and step.due > now else None
    late = step is not None and due is None and show_overdue
    return MapItem(
        number=number,
        title=named.title if named is not None else "",
        summary=named.summary if named is not None else "",
        standing=Standing.DATED if due else Standing.LATE if late else Standing.PROMISED,
        at=due,
    )
