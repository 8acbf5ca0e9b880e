"""When the next letter may go: the relay's rate and daily cap, and slower where it asks for that.

Every connection of a process takes its turns here, so that letters leave evenly whichever carries them; the
process takes some of them at a time from the database, where other processes take theirs.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from docchat_mailer.delivery.ledger_thread import LedgerThread
from docchat_mailer.store import paces

AHEAD = 1.0
"""Seconds of turns that are taken from the database at a time."""

LATE = 0.5
"""Seconds that may be caught up after a stall; what is later is lost, so that no crowd goes at once."""

CALM = 60.0
"""Seconds without a complaint after which a tenth is added."""

SLOWEST = 0.05
"""Letters a second below which no complaint brings us."""


@dataclass(kw_only=True)
class Pacer:
    """The turns of one route: *rate* letters a second, None for no limit, and *cap* a day, 0 for none."""

    ledger: LedgerThread
    route: str
    rate: float | None
    cap: int
    now: Callable[[], datetime]
    clock: Callable[[], float] = time.monotonic
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _asked: bool = False
    _slowed: float | None = None
    _left: int = 0
    _granted: int = 0
    _asking: asyncio.Task[tuple[float, paces.Turns]] | None = None
    _next: float = 0.0
    _sent_at: list[float] = field(default_factory=list)
    _calm_since: float = 0.0
    _complained_at: float = -math.inf

    @property
    def _limited(self) -> bool:
        return self.pace is not None or bool(self.cap)

    @property
    def pace(self) -> float | None:
        """Letters a second, for now."""
        return self.rate if self._slowed is None else self._slowed

    async def turn(self) -> float | None:
        """Take one turn: how many seconds it is away, or None where today's cap is reached."""
        if self._asked and not self._limited:
            return 0.0
        async with self._lock:
            await self._recover()
            if not self._limited:
                return 0.0
            while not self._left:
                asked, turns = await self._coming()
                if turns.spent:
                    return None
                if not turns.letters:
                    await asyncio.sleep(min(turns.wait, AHEAD))
                self._left = turns.letters
                self._next = max(self._next, asked + turns.wait)
            self._left -= 1
            if self._left * 2 == self._granted and self._asking is None:
                self._asking = asyncio.ensure_future(self._take())
            mine = max(self._next, self.clock() - LATE) if self.pace else 0.0
            self._next = mine + (1 / self.pace if self.pace else 0.0)
            return max(0.0, mine - self.clock())

    async def complained(self) -> None:
        """The relay says: too fast.  Half the pace, at most once in a few seconds."""
        now = self.clock()
        if now - self._complained_at < AHEAD:
            return
        pace = self.pace or self._measured()
        self._complained_at, self._calm_since, self._left = now, now, 0
        await self._set(max(pace / 2, SLOWEST))

    def sent(self) -> None:
        """A letter was answered: what the pace is reckoned from where none is set."""
        self._sent_at.append(self.clock())
        del self._sent_at[:-100]

    def until_tomorrow(self) -> datetime:
        """When the next day of UTC begins, and with it the next cap."""
        return datetime.combine(
            self.now().astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC
        )

    def _measured(self) -> float:
        if len(self._sent_at) < 2:  # noqa: PLR2004 - a pace needs two letters
            return 1.0
        return (len(self._sent_at) - 1) / max(self._sent_at[-1] - self._sent_at[0], 1e-3)

    async def _coming(self) -> tuple[float, paces.Turns]:
        """The next turns and when they were asked for; they were asked for before the last ones ran out."""
        asking, self._asking = self._asking or asyncio.ensure_future(self._take()), None
        asked, turns = await asking
        self._granted = turns.letters - turns.letters % 2
        return asked, turns

    async def _take(self) -> tuple[float, paces.Turns]:
        pace, cap, day = self.pace or 1e9, self.cap, self.now().astimezone(UTC).date().isoformat()
        letters = max(1, min(1000, round(pace * AHEAD)))
        asked = self.clock()
        turns = await self.ledger.write(
            lambda c: paces.take_turns(c, self.route, letters, pace, day=day, cap=cap)
        )
        return asked, turns

    async def _recover(self) -> None:
        """Go on as slowly as the last run ended; a tenth faster after each calm minute."""
        if not self._asked:
            self._asked = True
            self._slowed = await self.ledger.read(lambda c: paces.slowed(c, self.route))
            self._calm_since = self.clock()
        if self._slowed is None or self.clock() - self._calm_since < CALM:
            return
        self._calm_since = self.clock()
        faster = self._slowed * 1.1
        done = faster >= (self.rate or 4 * self._measured())
        await self._set(None if done else faster)

    async def _set(self, slowed: float | None) -> None:
        self._slowed, now = slowed, self.now()
        await self.ledger.write(lambda c: paces.set_slowed(c, self.route, slowed, now))
