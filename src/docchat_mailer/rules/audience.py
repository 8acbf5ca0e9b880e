"""Who may receive an edition, and why: the rule that the store's audience query must agree with."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from docchat_mailer.model.subscriber import Follow, Scope

STRONGEST_FIRST = (Scope.SERIES, Scope.TAG, Scope.SITE)
"""Of several reasons to receive, the one that is told: the most particular."""


def may_receive(follows: Iterable[Follow], series_slug: str, tag_slugs: Collection[str]) -> Follow | None:
    """Why an active person with these *follows* gets an edition of *series_slug*, or None if they do not.

    Of several tags, the first in alphabetical order is named, so that the answer never depends on order.
    """
    reasons = [follow for follow in follows if _covers(follow, series_slug, tag_slugs)]
    return min(reasons, key=lambda follow: (STRONGEST_FIRST.index(follow.scope), follow.key), default=None)


def _covers(follow: Follow, series_slug: str, tag_slugs: Collection[str]) -> bool:
    """Whether *follow* reaches an edition of this series with these tags."""
    if follow.scope is Scope.SITE:
        return True
    if follow.scope is Scope.SERIES:
        return follow.key == series_slug
    return follow.key in tag_slugs
