"""The documents are true: reference pages are what the code says, commands exist and run."""

from __future__ import annotations

import re
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from docchat_mailer.cli.__main__ import VERBS
from docchat_mailer.config.settings import keys
from sites import run_cli

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
def test_every_command_in_the_documents_exists(page):
    for verb in re.findall(
        r"^docchat-mailer ([a-z-]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE
    ):
        assert verb in NAMES, f"{page.name}: docchat-mailer {verb}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_key_of_the_sample_settings_is_known_and_every_key_is_in_it():
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for key in keys():
        name = key.path.rpartition(".")[2]
        assert re.search(rf"^(# )?{name} = ", text, flags=re.MULTILINE), key.path


def test_the_quickstart_runs(tmp_path):
    run_cli("init", "my-blog", cwd=tmp_path)
    blog = tmp_path / "my-blog"
    run_cli("check", "--strict", cwd=blog)
    assert "My First Series Part 1" in run_cli("plan", cwd=blog).stdout
    run_cli("subscribers", "add", "you@example.org", cwd=blog)
    run_cli("run", "--once", cwd=blog)
    sent = run_cli("send-test", "first-series/1", "--to", "you@example.org", cwd=blog)
    assert "accepted" in sent.stderr
    [message] = (blog / "outbox").glob("*.eml")
    subject = message_from_bytes(message.read_bytes(), policy=policy.default)["Subject"]
    assert subject.startswith("[TEST] My First Series Part 1")
    assert oct((blog / "state/key").stat().st_mode & 0o777) == "0o600"


def test_make_alone_lists_the_targets():
    done = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for target in ("demo", "test", "check", "bench", "setup"):
        assert f"make {target}" in done.stdout
