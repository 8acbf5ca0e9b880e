"""A publication is live when its page can be read where the letter's links lead; only then is it mailed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from docchat_mailer.model.publication import FOLLOWERS, EditionState, Publication
from docchat_mailer.publishing.press import Press
from docchat_mailer.store import editions, publications

PATIENCE = timedelta(minutes=30)
"""How long a page may take to answer after it was written, before its edition is paused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveReport:
    """What came live, and what did not answer in time and had its edition paused."""

    live: tuple[Publication, ...]
    paused: tuple[Publication, ...]


def go_live(press: Press, now: datetime) -> LiveReport:
    """Ask each page that is not live yet whether it answers; without a question, written is live."""
    with press.db.read() as c:
        waiting = publications.not_live(c)
    live = [publication for publication in waiting if _answers(press, publication)]
    if live:
        with press.db.write() as c:
            publications.set_live(c, [publication.id for publication in live], now)
    here = {publication.id for publication in live}
    silent = [publication for publication in waiting if publication.id not in here]
    paused = [
        publication
        for publication in silent
        if now - publication.published_at > PATIENCE and _pause(press, publication)
    ]
    return LiveReport(live=tuple(live), paused=tuple(paused))


def _answers(press: Press, publication: Publication) -> bool:
    return press.answers is None or press.answers(f"{press.site.base_url}{publication.path}")


def _pause(press: Press, publication: Publication) -> bool:
    """Pause the edition of *publication*; False where there is none, or it is paused already."""
    with press.db.write() as c:
        edition = editions.edition_for(c, publication.id, FOLLOWERS)
        if edition is None or edition.state is not EditionState.PREPARED:
            return False
        editions.set_edition_state(c, edition.id, EditionState.PAUSED)
        return True
