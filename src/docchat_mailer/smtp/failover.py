"""Several relays in order of preference: what the first does not take, the next is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Self

from docchat_mailer.errors import RelayError
from docchat_mailer.model.delivery import DeliveryId, Letter, Letters, Outcome, Reason, Verdict
from docchat_mailer.smtp.relay import SmtpCourier

REST = 60
"""Seconds for which a route that could not be used is not asked again."""

MOVES = frozenset({Reason.NETWORK, Reason.OUT_OF_STEP, Reason.CONFIGURATION})
"""Why a letter was not handed over that another route may take."""

Settled = tuple[DeliveryId, Outcome]


class FailoverCourier:
    """Carries letters by the first of *routes* that works.

    Only a letter whose body was not handed over moves on: of all others nobody knows whether the first route
    has them.
    """

    def __init__(self, routes: Sequence[SmtpCourier], *, rest: float = REST) -> None:
        if not routes:
            raise ValueError("a letter needs a route")
        self._routes, self._rest = tuple(routes), rest
        self._resting: dict[SmtpCourier, tuple[float, RelayError]] = {}

    @property
    def troubles(self) -> tuple[RelayError, ...]:
        """Why routes were passed over, for who tells the operator."""
        return tuple(error for _, error in self._resting.values())

    async def deliver(
        self, letters: Letters, before_body: Callable[[DeliveryId], None]
    ) -> AsyncGenerator[Settled, None]:
        """Carry *letters* out, in order.

        Raises the RelayError of the last route where none works.
        """
        async with aclosing(self._by(self._awake(), letters, before_body)) as settled:
            async for one in settled:
                yield one

    async def aclose(self) -> None:
        """Say goodbye to all relays."""
        for route in self._routes:
            await route.aclose()

    def _awake(self) -> tuple[SmtpCourier, ...]:
        """The routes that may work; all of them where each has failed of late."""
        now = asyncio.get_running_loop().time()
        self._resting = {route: known for route, known in self._resting.items() if known[0] > now}
        return tuple(route for route in self._routes if route not in self._resting) or self._routes

    def _let_rest(self, route: SmtpCourier, error: RelayError) -> None:
        self._resting[route] = asyncio.get_running_loop().time() + self._rest, error

    async def _by(
        self,
        routes: tuple[SmtpCourier, ...],
        letters: Letters,
        before_body: Callable[[DeliveryId], None],
    ) -> AsyncGenerator[Settled, None]:
        """Carry *letters* by the first of *routes*, and by the others what it leaves."""
        first, others = routes[0], routes[1:]
        watched = _Watched(letters, before_body)
        try:
            async with aclosing(first.deliver(watched, watched.before_body)) as settled:
                async for id_, outcome in settled:
                    letter = watched.returned(id_, outcome)
                    if letter is None or not others:
                        yield id_, outcome
                        continue
                    async with aclosing(self._by(others, _alone(letter), before_body)) as moved:
                        try:
                            async for one in moved:
                                yield one
                        except RelayError:  # known to _let_rest; what the first route still holds comes first
                            others = ()
        except RelayError as exc:
            self._let_rest(first, exc)
            if not others:
                raise
        else:
            return
        async with aclosing(self._by(others, letters, before_body)) as rest:
            async for one in rest:
                yield one


class _Watched:
    """Letters on their way through one route: those in its hands, and of which the body went out."""

    def __init__(self, letters: Letters, before_body: Callable[[DeliveryId], None]) -> None:
        self._letters, self._tell = letters, before_body
        self._known: dict[DeliveryId, Letter] = {}
        self._handed: set[DeliveryId] = set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Letter | None:
        """The next letter, remembered until it is returned."""
        letter = await anext(self._letters)
        if letter is not None:
            self._known[letter.id] = letter
        return letter

    def before_body(self, id_: DeliveryId) -> None:
        """A body is about to be handed over."""
        self._tell(id_)
        self._handed.add(id_)

    def returned(self, id_: DeliveryId, outcome: Outcome) -> Letter | None:
        """Forget a letter; it is given back where another route may take it."""
        letter, handed = self._known.pop(id_), id_ in self._handed
        self._handed.discard(id_)
        moves = outcome.verdict is Verdict.UNSENT and outcome.reason in MOVES
        return letter if moves and not handed else None


async def _alone(letter: Letter) -> AsyncIterator[Letter]:
    yield letter
