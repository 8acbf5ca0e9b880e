"""The outbox folder: one ``.eml`` file a message, exactly the bytes that would go over the wire."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from docchat_mailer.disk import write_whole
from docchat_mailer.errors import DocChatError
from docchat_mailer.model.delivery import DeliveryId, Letters, Outcome, Verdict


class OutboxCourier:
    """Writes letters into a folder, in the order of editions and readers.

    The name of a file is its delivery's key, so that the same delivery is the same file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(
        self, letters: Letters, before_body: Callable[[DeliveryId], None]
    ) -> AsyncGenerator[tuple[DeliveryId, Outcome], None]:
        """Write each letter; a file that stands whole is accepted.

        Raises PermissionDeniedError or FileError where the folder cannot be written.
        """
        async for letter in letters:
            if letter is None:
                continue
            before_body(letter.id)
            try:
                write_whole(self._folder / file_name(letter.id), letter.message)
            except DocChatError as exc:
                yield letter.id, Outcome(verdict=Verdict.UNSENT, text=str(exc))
                raise
            yield letter.id, Outcome(verdict=Verdict.ACCEPTED, text="written to the outbox")


def file_name(id_: DeliveryId) -> str:
    """The name under which a delivery stands in the outbox."""
    occasion = f"-{id_.occasion}" if id_.occasion else ""
    return f"{id_.edition:06}-{id_.subscriber:08}{occasion}.eml"
