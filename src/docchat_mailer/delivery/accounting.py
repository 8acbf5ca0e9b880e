"""The accounts: candidates = accepted + rejected + suppressed + cancelled + uncertain + pending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.store import accounting, editions
from docchat_mailer.store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """One edition's sum; *sending* counts as pending."""

    edition: int
    candidates: int
    rows: Mapping[DeliveryState, int]

    @property
    def balanced(self) -> bool:
        """Whether every candidate stands in exactly one state."""
        return self.candidates == sum(self.rows.values())


def accounts(db: Database) -> list[Account]:
    """The account of every edition, oldest first."""
    with db.read() as c:
        return [
            Account(edition=edition.id, candidates=edition.candidates, rows=accounting.sums(c, edition.id))
            for edition in editions.editions(c)
        ]
