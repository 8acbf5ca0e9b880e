"""Letters over the connections of a route, one outcome at a time, one letter ahead where it pipelines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import cast

from docchat_mailer.errors import RelayDownError, RelayError, RelayRefusedError
from docchat_mailer.model.delivery import DeliveryId, Letter, Letters, Outcome, Reason, Verdict
from docchat_mailer.smtp.connection import Connection
from docchat_mailer.smtp.dialogue import Transaction
from docchat_mailer.smtp.envelopes import misfit, refusal
from docchat_mailer.smtp.opening import down
from docchat_mailer.smtp.pool import Pool

PATIENCE = 3
"""Connections that may fail one after the other before the route counts as down."""

Settled = tuple[DeliveryId, Outcome]


class Carrying:
    """One run of letters: *again* are letters taken and not begun, *current* the one whose envelope is said.

    *tried* are letters that were begun anew for no fault of theirs: that is done once.
    """

    def __init__(self, pool: Pool, letters: Letters, before_body: Callable[[DeliveryId], None]) -> None:
        self._pool, self._letters, self._before_body = pool, letters, before_body
        self._line: Connection | None = None
        self._current: Transaction | None = None
        self._again: deque[Letter] = deque()
        self._tried: set[DeliveryId] = set()
        self._failures = 0
        self._dry = False
        self._source_failed: Exception | None = None
        self._stopped: RelayError | None = None

    async def settle(self) -> Settled | None:
        """What became of the next letter; None where there are no more.

        Raises RelayDownError or RelayRefusedError once what was in hand is settled, and what *before_body* or
        the letters raise.
        """
        while True:
            if self._stopped is not None:
                return self._left(self._stopped)
            if self._current is not None:
                settled = await self._finish(self._current)
            elif (letter := await self._take()) is not None:
                settled = await self._begin(letter)
            elif self._dry:
                await self._done()
                return None
            else:
                continue  # the next letter was not due, and nothing is in hand that it could wait for
            if settled is not None:
                return settled

    def end(self) -> None:
        """Let go of the connection, whatever is open on it."""
        if self._line is not None:
            line, self._line = self._line, None
            self._pool.give_back(line)

    # -- one letter --------------------------------------------------------------------------------------

    async def _take(self) -> Letter | None:
        """The next letter, or None where there is none, or none is due yet.

        While one is in hand, a failure to get another waits until that one is done.
        """
        if self._again:
            return self._again.popleft()
        if self._dry:
            return None
        try:
            return await anext(self._letters)
        except StopAsyncIteration:
            self._dry = True
        except Exception as exc:
            if self._current is None:
                raise
            self._dry, self._source_failed = True, exc
        return None

    async def _begin(self, letter: Letter) -> Settled | None:
        """Say where a letter goes; its outcome where it goes nowhere."""
        refused = refusal(letter)
        if refused is None:
            line = await self._connected()
            if line is None:
                self._again.appendleft(letter)
                return None
            refused = misfit(letter, line.dialogue.offers)
            if refused is None:
                self._current = line.begin(letter)
                return None
        return letter.id, refused

    async def _finish(self, current: Transaction) -> Settled | None:
        """Carry out the letter whose envelope is said; None where it is to be begun anew."""
        line = cast("Connection", self._line)
        await line.invited(current)
        following = begun = None
        if current.ready and line.dialogue.over is None:
            following = await self._ahead(line)
            if line.dialogue.over is None:
                self._before_body(current.letter.id)
                begun = await line.hand_over(current, following)
        outcome = await line.outcome(current, begun)
        if following is not None and begun is None:
            self._again.append(following)
        self._current = begun
        if self._worth_again(line, current, outcome):
            self._begin_anew(current)
            return None
        self._learn(line, outcome)
        return current.letter.id, outcome

    async def _ahead(self, line: Connection) -> Letter | None:
        """The letter whose envelope can go with the body in hand."""
        if not line.dialogue.pipelining or self._pool.spent(line, ahead=1):
            return None
        letter = await self._take()
        if letter is None:
            return None
        if refusal(letter) is None and misfit(letter, line.dialogue.offers) is None:
            return letter
        self._again.append(letter)
        return None

    # -- what follows from an outcome --------------------------------------------------------------------

    def _worth_again(self, line: Connection, current: Transaction, outcome: Outcome) -> bool:
        """Whether a letter may fare better on a new connection: once, and only if its body was not taken."""
        dialogue = line.dialogue
        if current.letter.id in self._tried or outcome.verdict is Verdict.UNCERTAIN:
            return False
        if outcome.reason == Reason.PROTOCOL and not dialogue.plain:
            self._pool.plain = True
            return True
        stale = line.sent > 0 and dialogue.heard == line.borrowed
        return outcome.reason == Reason.NETWORK and outcome.code is None and (dialogue.renew or stale)

    def _begin_anew(self, current: Transaction) -> None:
        """Put the letters in hand back, in their order, and drop the connection."""
        self._tried.add(current.letter.id)
        if self._current is not None:
            self._again.appendleft(self._current.letter)
        self._again.appendleft(current.letter)
        self._current = None
        self._drop()

    def _learn(self, line: Connection, outcome: Outcome) -> None:
        """What an outcome says of the route."""
        if outcome.reason == Reason.OUT_OF_STEP:
            self._pool.plain = True
        if outcome.verdict is Verdict.ACCEPTED or (outcome.code and line.dialogue.over is None):
            self._failures = 0
        if outcome.reason == Reason.CONFIGURATION:
            self._stopped = RelayRefusedError(
                f"{self._pool.settings.host} refuses our letters",
                why=f"{outcome.code} {outcome.text}",
                fix="see the login under [mail.smtp] and the sender under [mail]",
            )
            self._drop()

    def _left(self, stopped: RelayError) -> Settled:
        """A letter that was in hand when the route stopped; its error once there is none."""
        if self._current is not None:
            letter, self._current = self._current.letter, None
        elif self._again:
            letter = self._again.popleft()
        else:
            raise stopped
        reason = Reason.NETWORK if isinstance(stopped, RelayDownError) else Reason.CONFIGURATION
        text = (stopped.why or stopped.what)[:200]
        host = self._pool.settings.host
        return letter.id, Outcome(verdict=Verdict.UNSENT, text=text, reason=reason, relay=host)

    # -- the connection ----------------------------------------------------------------------------------

    async def _connected(self) -> Connection | None:
        """A connection to send on; None where the route is stopped."""
        if self._line is not None and self._line.dialogue.over is None and not self._pool.spent(self._line):
            return self._line
        await self._release()
        try:
            if self._failures >= PATIENCE:
                raise down(self._pool.settings, f"the connection was lost {PATIENCE} times")
            self._line = await self._pool.borrow()
        except RelayError as exc:
            self._stopped = exc
        return self._line

    async def _release(self) -> None:
        """Give the connection back in good order."""
        if self._line is None:
            return
        await self._line.tidy()
        line, self._line = self._line, None
        if line.dialogue.over is not None:
            self._failures += 1
        if line.dialogue.idle and self._pool.spent(line):
            await self._pool.retire(line)
        else:
            self._pool.give_back(line)

    def _drop(self) -> None:
        if self._line is not None:
            self._line.abort()
        self.end()

    async def _done(self) -> None:
        await self._release()
        if self._source_failed is not None:
            raise self._source_failed
