"""Readers come in once, from whatever a spreadsheet wrote, and nothing they wrote runs as a formula."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import count

import pytest

from docchat_mailer.readers.addresses import parse_address
from docchat_mailer.readers.exporting import export_csv
from docchat_mailer.readers.formulas import disarm, restore
from docchat_mailer.readers.importing import import_csv
from docchat_mailer.readers.listing import everyone
from docchat_mailer.store.database import Database

NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def db():
    opened = Database.open("sqlite://")
    yield opened
    opened.close()


def bring(db, data, tmp_path):
    numbers = count(1)
    return import_csv(
        db,
        io.BytesIO(data),
        key=b"k" * 32,
        now=NOW,
        token_ids=lambda: f"{next(numbers):016x}",
        rejects=tmp_path / "rejects.csv",
    )


def test_fault_F3_another_case_or_form_is_the_same_person_and_a_plus_tag_is_not(db, tmp_path):
    rows = "email\nAnna@example.org\nanna@EXAMPLE.org\nanna+a@example.org\nj\u00f6rg@example.org\njo\u0308rg@example.org\n"
    report = bring(db, rows.encode(), tmp_path)
    assert (report.added, report.known) == (3, 2)


def test_fault_F4_bad_rows_are_set_aside_with_line_and_reason(db, tmp_path):
    data = b"\xef\xbb\xbfname;email\nAnna;anna@example.org\nB\x00;b@example.org\n;no address\n"
    report = bring(db, data + b"x" * 200_000 + b"\nDora;dora@example.org\n", tmp_path)
    assert (report.added, report.rejected) == (2, 3)
    lines = (tmp_path / "rejects.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == ["3", "4", "5"]


def test_fault_F4_fifty_thousand_rows_by_counts(db, tmp_path):
    rows = "email\n" + "".join(f"r{n % 49_000}@example.org\n" for n in range(50_000))
    report = bring(db, rows.encode(), tmp_path)
    assert (report.read, report.added, report.known) == (50_000, 49_000, 1_000)


@pytest.mark.parametrize(
    "text", ['"a@b"@example.org', "a@[127.0.0.1]", "a@b@example.org", "a(c)@example.org", "a..b@example.org"]
)
def test_threat_T19_what_programs_disagree_on_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_address(text)


@pytest.mark.parametrize("cell", ["=1+1", "'=1", "+1", "-1", "@x", "＝1", "'plain", "plain"])
def test_threat_T26_a_disarmed_cell_comes_back_as_it_was(cell):
    assert restore(disarm(cell)) == cell
    assert not disarm(cell).startswith(("=", "+", "-", "@", "＝"))


def test_threat_T26_an_address_that_is_a_formula_survives_export_and_import(db, tmp_path):
    bring(db, b"email\n=cmd|x@b.example\n", tmp_path)
    out = io.StringIO()
    export_csv(db, out)
    assert out.getvalue().splitlines()[1].startswith("'=cmd|x@b.example")
    assert bring(db, b"email\n'=cmd|x@b.example\n", tmp_path).known == 1
    assert len(list(everyone(db))) == 1
