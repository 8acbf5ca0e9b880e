"""Why a reader gets a letter, in words: for the foot of their copy and for nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from docchat_mailer.model.subscriber import Follow, Scope
from docchat_mailer.store import series_facts
from docchat_mailer.store.database import Database


def reasons(db: Database, phrases: Mapping[str, str], site_title: str) -> Callable[[Follow | None], str]:
    """A function from what made someone a reader of an edition to the sentence that says so.

    *phrases* has ``why_site``, ``why_series`` (with ``{series}``) and ``why_tag`` (with ``{tag}``).
    """

    def why(follow: Follow | None) -> str:
        if follow is None or follow.scope is Scope.SITE:
            return phrases["why_site"].format(site=site_title)
        if follow.scope is Scope.TAG:
            return phrases["why_tag"].format(tag=follow.key.replace("-", " "), site=site_title)
        return phrases["why_series"].format(series=_title(db, follow.key), site=site_title)

    return why


def _title(db: Database, slug: str) -> str:
    with db.read() as c:
        facts = series_facts.all_series(c).get(slug)
    return slug if facts is None else facts.title
