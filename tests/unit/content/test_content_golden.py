"""Bad folders and the very words they are told about."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from docchat_mailer.content.library import read_posts

CASES = sorted((Path(__file__).parents[2] / "golden" / "content").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_findings(case):
    library = read_posts(case / "posts", ZoneInfo("Europe/Berlin"))
    held = [f"held {series.slug}: {series.fault}" for series in library.series if series.fault]
    told = "\n".join([*map(str, library.findings), *held]) + "\n"
    expected = case / "expected.txt"
    if os.environ.get("DOCCHAT_GOLDEN") == "write":
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
