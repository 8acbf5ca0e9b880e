"""The ledger measured, for a monitor: counted in one moment, from the database alone."""

from __future__ import annotations

from datetime import datetime

from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.measures import Measures
from docchat_mailer.model.publication import EditionState
from docchat_mailer.store import accounting, batches, editions, subscribers
from docchat_mailer.store.database import Database

QUEUE = (DeliveryState.PENDING, DeliveryState.SENDING)


def measure(db: Database, now: datetime) -> Measures:
    """Count everything at *now*; it reads each row of the ledger, so it is not asked all the time."""
    with db.read() as c:
        counted = accounting.by_reason(c)
        due = batches.oldest_due(c, now)
        return Measures(
            settled={key: number for key, number in counted.items() if key[0] not in QUEUE},
            queue={str(state): _in_state(counted, state) for state in QUEUE},
            oldest_due=max((now - due).total_seconds(), 0.0) if due is not None else 0.0,
            uncertain=_in_state(counted, DeliveryState.UNCERTAIN),
            paused=sum(edition.state is EditionState.PAUSED for edition in editions.editions(c)),
            subscribers=subscribers.counts(c),
            takeovers=batches.takeovers(c),
            sound=not accounting.accounting_faults(c),
        )


def _in_state(counted: dict[tuple[str, str], int], state: DeliveryState) -> int:
    return sum(number for (found, _), number in counted.items() if found == state)
