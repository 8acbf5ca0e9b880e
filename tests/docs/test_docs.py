"""The documents are true: reference pages are what the code says, and what is named in passing exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from docchat_mailer.cli.__main__ import VERBS, cli
from docchat_mailer.config.settings import keys

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = {name for verbs in VERBS.values() for name, _ in verbs}


def test_the_reference_is_what_the_code_says():
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_verb_has_a_module_a_help_and_an_example_that_names_it():
    text = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"## `docchat-mailer {name}`" in text
        assert text.count(f"docchat-mailer {name}") >= 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_named_in_passing_exists_with_its_options(page):
    """In code within a line; those in blocks are run, see test_docs_followed.py."""
    for words in re.findall(r"(?<!\\)`docchat-mailer ([a-z][^`]*)`", page.read_text(encoding="utf-8")):
        name, *rest = words.split()
        assert name in NAMES, f"{page.name}: docchat-mailer {words}"
        command = cli.get_command(click.Context(cli), name)
        for word in rest:
            command = getattr(command, "commands", {}).get(word, command)
        known = {option for each in command.params for option in each.opts}
        assert {word for word in rest if word.startswith("-")} <= known, (
            f"{page.name}: docchat-mailer {words}"
        )


def test_every_verb_is_explained_outside_the_reference():
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES if page.parent.name != "reference")
    assert [name for name in sorted(NAMES) if f"docchat-mailer {name}" not in told] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_key_of_the_sample_settings_is_known_and_every_key_is_in_it():
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for key in keys():
        name = key.path.rpartition(".")[2]
        written = rf"^(# )?({name} = |\[\[{re.escape(key.path)}\]\])"
        assert re.search(written, text, flags=re.MULTILINE), key.path


def test_make_alone_lists_the_targets():
    done = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for target in ("demo", "test", "check", "bench", "setup"):
        assert f"make {target}" in done.stdout


def test_a_newcomer_is_timed_on_the_quickstart():
    done = subprocess.run(
        [sys.executable, "bench/first_mail.py", "--list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "make setup"
    letter = next(number for number, line in enumerate(lines) if "send-test" in line)
    assert all(line.startswith((".", "cd ", "make ", "docchat-mailer ")) for line in lines[:letter])
