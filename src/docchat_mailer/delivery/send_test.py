"""Send one message to an address that was typed: no subscriber, no edition, no ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator

from docchat_mailer.model.delivery import Courier, DeliveryId, Letter, Outcome
from docchat_mailer.model.subscriber import Address

TEST = DeliveryId(0, 0)
"""The key of a test: no edition has the number 0."""


async def send_test(courier: Courier, message: bytes, to: Address, sender: str) -> Outcome:
    """Hand one message to the courier and say what became of it."""

    async def one() -> AsyncIterator[Letter]:
        yield Letter(id=TEST, sender=sender, recipient=to, message=message)

    outcomes = [outcome async for _, outcome in courier.deliver(one(), lambda _id: None)]
    return outcomes[0]
