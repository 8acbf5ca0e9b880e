"""Subscribers, page by page."""

from __future__ import annotations

from collections.abc import Iterator

from docchat_mailer.model.subscriber import Subscriber
from docchat_mailer.store import subscribers
from docchat_mailer.store.database import Database

PAGE = 1000
"""People read in one short transaction."""


def everyone(db: Database) -> Iterator[Subscriber]:
    """Every subscriber in every state, by id; no transaction stays open between pages."""
    after = 0
    while True:
        with db.read() as c:
            page = subscribers.subscribers(c, after_id=after, limit=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id
