"""A courier that keeps what it is given and answers as it is told: a double for tests and trials."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from docchat_mailer.errors import DocChatError
from docchat_mailer.model.delivery import DeliveryId, Letter, Letters, Outcome, Verdict

ACCEPTED = Outcome(verdict=Verdict.ACCEPTED)


class RecordingCourier:
    """Keeps *letters*; *answer* says what becomes of each, and accepts all if left out."""

    def __init__(self, answer: Callable[[Letter], Outcome] = lambda _letter: ACCEPTED) -> None:
        self.letters: list[Letter] = []
        self._answer = answer

    async def deliver(
        self, letters: Letters, before_body: Callable[[DeliveryId], None]
    ) -> AsyncGenerator[tuple[DeliveryId, Outcome], None]:
        """Keep each letter and answer."""
        async for letter in letters:
            if letter is None:
                continue
            before_body(letter.id)
            self.letters.append(letter)
            try:
                outcome = self._answer(letter)
            except DocChatError as exc:
                yield letter.id, Outcome(verdict=Verdict.UNSENT, text=str(exc))
                raise
            yield letter.id, outcome
