"""What can be followed, as pages call it."""

from __future__ import annotations

from collections.abc import Mapping

from docchat_mailer.model.subscriber import Follow, Scope, Subscriber, SubscriptionState
from docchat_mailer.store import series_facts
from docchat_mailer.store.database import Database


def titles_of(db: Database) -> Mapping[str, str]:
    """The title of each series that has something out, by its slug."""
    with db.read() as c:
        return {facts.slug: facts.title for facts in series_facts.published_series(c)}


def label_of(follow: Follow, titles: Mapping[str, str], say: Mapping[str, str]) -> str:
    """What a page calls *follow*, in the words of *say*."""
    if follow.scope is Scope.SITE:
        return say["everything"]
    if follow.scope is Scope.TAG:
        return say["everything_of_tag"].format(tag=follow.key)
    return titles.get(follow.key, follow.key)


def gotten(person: Subscriber, titles: Mapping[str, str]) -> list[Follow]:
    """The series and tags that somebody gets anything of, by themselves or with everything else."""
    known = {tie.follow: tie.state for tie in person.subscriptions}
    rest = known.get(Follow(Scope.SITE), SubscriptionState.OFF)
    offered = dict.fromkeys([*(Follow(Scope.SERIES, slug) for slug in titles), *known])
    return [
        follow
        for follow in offered
        if follow.scope is not Scope.SITE
        and known.get(follow, rest if follow.scope is Scope.SERIES else SubscriptionState.OFF)
        is not SubscriptionState.OFF
    ]
