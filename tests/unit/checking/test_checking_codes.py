"""Every code of the table: a sample that raises it, one that does not, and the very words it is told in."""

import os
from pathlib import Path

import pytest
from finding_feeds import CONFIG, FEEDS, PAGES
from finding_letters import LETTERS
from finding_machine import MACHINE
from finding_mail_way import MAIL_WAY
from finding_texts import HISTORY, TEXTS

from docchat_mailer.model.codes import AREAS, CODES
from docchat_mailer.model.finding import Severity

GOLDEN = Path(__file__).parents[2] / "golden" / "findings"

SAMPLES = {**TEXTS, **HISTORY, **LETTERS, **FEEDS, **PAGES, **CONFIG, **MACHINE, **MAIL_WAY}


@pytest.mark.parametrize("code", sorted(CODES))
def test_golden_each_code_has_a_sample_that_raises_it_and_one_that_does_not(code, tmp_path):
    assert code in SAMPLES, "a code without samples: add them under tests/samples/finding_*.py"
    bad, good = SAMPLES[code]
    (tmp_path / "bad").mkdir()
    (tmp_path / "good").mkdir()
    told = [one for one in bad(tmp_path / "bad") if one.code == code]
    assert told, "its sample does not raise it"
    assert code not in {one.code for one in good(tmp_path / "good")}
    first = told[0]
    assert first.severity is CODES[code].severity
    said = f"{first.severity}: {first}\n".replace(str(tmp_path / "bad"), "")
    expected = GOLDEN / f"{code}.txt"
    if os.environ.get("DOCCHAT_GOLDEN") == "write":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_every_sample_and_every_golden_text_is_of_a_code_there_is():
    assert SAMPLES.keys() <= CODES.keys()
    assert {file.stem for file in GOLDEN.iterdir()} == set(CODES)


def test_no_two_rows_share_a_code_and_each_says_all_there_is_to_say():
    rows = [row for rows in AREAS.values() for row in rows]
    assert len(rows) == len(CODES)
    for row in rows:
        assert row.title
        assert row.why
        assert row.fix
        assert row.explain.endswith((".", "!.", "...."))
        assert row.severity in Severity
