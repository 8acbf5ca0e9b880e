"""Erasure: address and name are gone for good; a keyed hash makes sure that nothing is sent there again."""

from __future__ import annotations

from datetime import datetime

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.subscriber import Address
from docchat_mailer.store import consents, erasures, moves, preferences, subscribers, suppressions
from docchat_mailer.store.consents import Consenting
from docchat_mailer.store.database import Connection, Database

ERASED = "erased"


def erase(db: Database, token_id: str, *, now: datetime, source: str, barred: bool = True) -> bool:
    """Erase the person with that random name; False where there is nobody.

    Unless *barred* nothing keeps them from signing up again.
    """

    def work(c: Connection) -> bool:
        person = preferences.by_name(c, token_id)
        if person is None:
            return False
        if barred:
            suppressions.suppress(c, erasures.hash_of(c, person.id), ERASED, now)
        for waiting in preferences.waiting(c, person.id, notices=True):
            moves.decide(c, waiting.id, DeliveryState.SUPPRESSED, reason="the reader was erased", now=now)
        consents.note(c, person.id, Consenting.ERASED, now, source=source, wording="asked to be erased")
        erasures.erase(c, person.id, now)
        return True

    return db.retrying(work)


def erase_address(db: Database, address: Address, *, now: datetime, source: str) -> bool:
    """Erase the person with that address; False where nobody has it."""
    with db.read() as c:
        person = subscribers.find_subscriber(c, address)
    return person is not None and erase(db, person.token_id, now=now, source=source)
