"""The outbox: one file a delivery, with the very bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from docchat_mailer.errors import FileError, PermissionDeniedError
from docchat_mailer.model.delivery import DeliveryId, Letter, Outcome, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.smtp.outbox import OutboxCourier, file_name

TO = Address(local="jane", domain="example.org")


def write(folder: Path, *letters: Letter) -> list[Outcome]:
    async def given() -> AsyncIterator[Letter]:
        for letter in letters:
            yield letter

    async def run() -> list[Outcome]:
        return [outcome async for _, outcome in OutboxCourier(folder).deliver(given(), lambda _id: None)]

    return asyncio.run(run())


def letter(id_: DeliveryId, message: bytes = b"Subject: x\r\n\r\n=2E\r\n") -> Letter:
    return Letter(id=id_, sender="letters@docchat.example", recipient=TO, message=message)


def test_the_file_holds_the_very_bytes_and_writing_twice_is_writing_once(tmp_path):
    folder = tmp_path / "outbox"
    letters = [letter(DeliveryId(1, number), b"Subject: %d\r\n\r\nBye\r\n" % number) for number in (1, 2)]
    for _ in range(2):
        assert [outcome.verdict for outcome in write(folder, *letters)] == [Verdict.ACCEPTED] * 2
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "000001-00000001.eml": letters[0].message,
        "000001-00000002.eml": letters[1].message,
    }


def test_files_stand_in_the_order_of_editions_and_readers():
    ids = [DeliveryId(1, 2), DeliveryId(1, 10), DeliveryId(2, 1), DeliveryId(2, 1, 1), DeliveryId(10, 1)]
    names = [file_name(id_) for id_ in ids]
    assert len(set(names)) == len(names)
    assert sorted(names, key=lambda name: name.removesuffix(".eml")) == names


def test_an_outbox_that_cannot_be_written_ends_the_run(tmp_path):
    (tmp_path / "outbox").write_text("a file stands in the way", encoding="ascii")
    with pytest.raises((FileError, PermissionDeniedError), match="outbox"):
        write(tmp_path / "outbox", letter(DeliveryId(1, 1)))
