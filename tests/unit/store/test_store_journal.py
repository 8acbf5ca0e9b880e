"""The outcome journal: what is written is what is read, and damage is seen."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.errors import FileError
from docchat_mailer.model.delivery import DeliveryId, Outcome, Verdict
from docchat_mailer.store import journal as journals
from docchat_mailer.store.batches import Claim
from docchat_mailer.store.journal import Journal, orphans, read_journal

CLAIM = Claim(batch=7, edition=3, destination="other", token="t0")
FIRST, SECOND, THIRD = (DeliveryId(3, number) for number in (1, 2, 3))
TAKEN = Outcome(verdict=Verdict.ACCEPTED, code=250, enhanced="2.0.0", text="queued as 4F", relay="mx.example")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journal"


def written(folder, boot="boot") -> Journal:
    """A journal with a letter that was answered, one that was handed over, and a claim without letters."""
    journal = Journal(folder, "instance", boot)
    number = journal.claim(CLAIM)
    journal.handing_over(number, FIRST)
    journal.came_back(number, FIRST, TAKEN)
    journal.handing_over(number, SECOND)
    journal.claim(Claim(batch=8, edition=4, destination="google", token="t1"))
    return journal


def test_what_is_written_is_read(folder):
    journal = written(folder)
    (path,) = folder.iterdir()
    record = read_journal(path)
    assert (record.instance, record.boot, record.whole) == ("instance", "boot", True)
    first, second = record.claims
    assert (first.token, first.edition, first.batch) == ("t0", 3, 7)
    assert (first.outcomes, first.handed) == ({FIRST: TAKEN}, {SECOND})
    assert (second.token, second.outcomes, second.handed) == ("t1", {}, set())
    assert path.stat().st_mode & 0o777 == 0o600
    journal.close()


@given(st.text(max_size=300), st.text(max_size=20), st.none() | st.integers(200, 599))
@settings(max_examples=60, deadline=None)
def test_whatever_a_relay_says_stays_on_its_line(tmp_path_factory, text, relay, code):
    journal = Journal(tmp_path_factory.mktemp("journal"), "i", "b")
    number = journal.claim(CLAIM)
    said = Outcome(verdict=Verdict.DEFERRED, code=code, text=text, relay=relay, reason="rate")
    journal.came_back(number, FIRST, said)
    (path,) = journal._folder.iterdir()
    record = read_journal(path)
    assert record.whole
    found = record.claims[0].outcomes[FIRST]
    assert (found.verdict, found.code, found.reason) == (Verdict.DEFERRED, code, "rate")
    assert found.text.split() == text[:200].encode("utf-8", "replace").decode().split()
    journal.close()


def test_a_file_goes_when_all_it_holds_is_settled(folder):
    journal = written(folder)
    journal.settled(1)
    journal.close()
    assert len(list(folder.iterdir())) == 1
    journal = written(folder)
    journal.settled(1)
    journal.settled(2)
    journal.close()
    assert len(list(folder.iterdir())) == 1


def test_new_claims_go_into_a_new_file_when_one_is_large(folder, monkeypatch):
    monkeypatch.setattr(journals, "ROTATE", 200)
    journal = Journal(folder, "instance", "boot")
    for number in range(1, 21):
        assert journal.claim(CLAIM) == number
        journal.handing_over(number, FIRST)
    assert len(list(folder.iterdir())) > 3
    for number in range(1, 21):
        journal.settled(number)
    assert len(list(folder.iterdir())) == 1
    journal.close()
    assert list(folder.iterdir()) == []


def test_fault_G13_journal_of_a_living_process_is_left_alone(folder):
    journal = written(folder)
    assert list(orphans(folder)) == []
    journal.close()
    assert [orphan.read().instance for orphan in orphans(folder)] == ["instance"]


def test_fault_G9_torn_last_line_is_ignored_and_the_rest_used(folder):
    written(folder).close()
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for end in range(last, len(whole)):
        path.write_bytes(whole[:end])
        record = read_journal(path)
        assert record.whole
        assert [claim.token for claim in record.claims] == ["t0"]


def test_fault_G10_flipped_bit_costs_its_line_and_the_trust_in_silence(folder):
    written(folder).close()
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        try:
            record = read_journal(path)
        except FileError:
            assert whole[:position].count(b"\n") == 0  # the version stands in the first line
            continue
        assert not record.whole or position == len(whole) - 1  # the last line end: the line is torn
        for claim in record.claims:
            assert set(claim.outcomes.items()) <= {(FIRST, TAKEN)}


def test_fault_G14_journal_of_another_version_is_refused_and_stays(folder):
    folder.mkdir()
    path = folder / f"old{journals.ENDING}"
    path.write_bytes(journals._sealed(f"{journals.MAGIC}\t0\tinstance\tboot"))
    with pytest.raises(FileError, match="version 0"):
        read_journal(path)
    assert path.exists()


def test_fault_G8_line_that_cannot_be_written_is_an_error(folder, monkeypatch):
    journal = Journal(folder, "instance", "boot")
    number = journal.claim(CLAIM)
    monkeypatch.setattr(os, "write", lambda _descriptor, line: len(line) // 2)
    with pytest.raises(FileError, match="journal"):
        journal.handing_over(number, FIRST)
    monkeypatch.undo()
    journal.close()
