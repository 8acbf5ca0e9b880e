"""The courier to an SMTP relay: letters over pooled connections, pipelined where the relay can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from docchat_mailer.model.delivery import DeliveryId, Letters, Outcome
from docchat_mailer.smtp.carrying import PATIENCE, Carrying
from docchat_mailer.smtp.pool import Limits, Pool
from docchat_mailer.smtp.route import Patience, RelaySettings, context

__all__ = ["PATIENCE", "Limits", "Patience", "RelaySettings", "SmtpCourier", "context"]


class SmtpCourier:
    """Carries letters to a relay; calls of `deliver` may run at once, each with a connection to itself.

    Connections belong to an event loop: a courier used in another one opens new ones there.
    """

    def __init__(
        self, settings: RelaySettings, *, patience: Patience | None = None, limits: Limits | None = None
    ) -> None:
        self._settings = settings
        self._patience, self._limits = patience or Patience(), limits or Limits()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: Pool | None = None
        self._keeper: AsyncGenerator[Pool, None] | None = None

    async def deliver(
        self, letters: Letters, before_body: Callable[[DeliveryId], None]
    ) -> AsyncGenerator[tuple[DeliveryId, Outcome], None]:
        """Carry *letters* out, in order.

        Raises RelayDownError where the relay cannot be reached, RelayRefusedError where it refuses our login
        or our settings or cannot be trusted; nobody's letter is to blame.
        """
        run = Carrying(await self._here(), letters, before_body)
        try:
            while (settled := await run.settle()) is not None:
                yield settled
        finally:
            run.end()

    async def aclose(self) -> None:
        """Say goodbye on every connection that stands; a later `deliver` opens new ones."""
        keeper, self._keeper, self._pool = self._keeper, None, None
        if keeper is not None and self._loop is asyncio.get_running_loop():
            await keeper.aclose()

    async def _here(self) -> Pool:
        """The pool of the loop that runs."""
        loop = asyncio.get_running_loop()
        if self._pool is None or self._loop is not loop:
            self._loop, self._pool = loop, Pool(self._settings, self._patience, self._limits)
            self._keeper = _kept(self._pool)
            await anext(self._keeper)
        return self._pool


async def _kept(pool: Pool) -> AsyncGenerator[Pool, None]:
    """Hold *pool* until this is closed: by the courier, or by the loop as it ends (`shutdown_asyncgens`)."""
    try:
        yield pool
    finally:
        await pool.aclose()
