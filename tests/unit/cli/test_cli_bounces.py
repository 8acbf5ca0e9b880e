"""``bounces read``: verdicts for people and for scripts, and no trace."""

from __future__ import annotations

import json

from returned_mail import block, dsn, words
from sites import call_cli


def returned(folder):
    (folder / "in").mkdir()
    (folder / "in" / "hard.eml").write_bytes(dsn(block(status="5.1.1", said="550 5.1.1 User unknown")))
    (folder / "in" / "none.eml").write_bytes(words("Hello!", sender="anna@example.net", subject="Re: Part 2"))


def test_it_writes_one_object_by_file_name_and_touches_nothing(tmp_path):
    returned(tmp_path)
    said = call_cli("bounces", "read", "--json", "in/hard.eml", "in/none.eml", cwd=tmp_path)
    assert json.loads(said.stdout) == {
        "hard.eml": [{"recipient": "anna@example.net", "kind": "hard", "status": "5.1.1"}],
        "none.eml": [],
    }
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["hard.eml", "in", "none.eml"]


def test_it_says_what_each_means(tmp_path):
    returned(tmp_path)
    said = call_cli("bounces", "read", "in/hard.eml", "in/none.eml", cwd=tmp_path)
    assert said.stdout.splitlines() == [
        'hard.eml: anna@example.net  hard: unknown user (550 5.1.1), by words "user unknown"',
        "none.eml: no bounce",
    ]


def test_a_file_that_is_not_there_is_named(tmp_path):
    said = call_cli("bounces", "read", "gone.eml", cwd=tmp_path, check=False)
    assert said.returncode != 0
    assert "gone.eml" in said.stderr


def test_what_a_stranger_wrote_moves_no_terminal(tmp_path):
    (tmp_path / "x.eml").write_bytes(dsn(block("a\x1b[2Ja@example.net", status="5.1.1")))
    said = call_cli("bounces", "read", "x.eml", cwd=tmp_path)
    assert "\x1b" not in said.stdout
