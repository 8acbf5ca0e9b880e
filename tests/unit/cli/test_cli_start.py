"""The command line starts fast, speaks plainly, and ends with the right code."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from docchat_mailer.cli.__main__ import VERBS
from sites import run_cli

HEAVY = {
    "sqlalchemy",
    "alembic",
    "jinja2",
    "lxml",
    "premailer",
    "feedgen",
    "rich",
    "babel",
    "structlog",
    "nh3",
}
NAMES = [name for verbs in VERBS.values() for name, _ in verbs]


@pytest.mark.parametrize("arguments", [["--help"], ["version"]])
def test_help_and_version_import_nothing_heavy(arguments):
    script = (
        "import sys, json\n"
        f"sys.argv = ['docchat-mailer', *{arguments!r}]\n"
        "from docchat_mailer.cli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert not loaded & HEAVY


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_helps_with_an_example(name, tmp_path):
    said = run_cli(name, "--help", cwd=tmp_path).stdout
    assert (
        f"docchat-mailer {name}" in said.partition("Options:")[0].split("\n", 1)[1] or name == "subscribers"
    )


def test_an_unknown_verb_and_a_missing_file_are_told_in_a_line(tmp_path):
    assert run_cli("fly", cwd=tmp_path, check=False).returncode == 2
    missing = run_cli("plan", cwd=tmp_path, check=False)
    assert missing.returncode == 78
    assert missing.stderr.startswith("error: there is no usable config.toml")
    assert "Traceback" not in missing.stderr


def test_plan_and_check_and_status_make_nothing(site):
    site.series()
    site.part(1, "Benefits")
    before = sorted(site.root.rglob("*"))
    for verb in ("plan", "check", "status"):
        run_cli(verb, cwd=site.root)
        run_cli(verb, "--json", cwd=site.root)
    assert sorted(site.root.rglob("*")) == before


def test_json_carries_a_schema(site):
    site.series()
    site.part(1, "Benefits")
    for verb in ("plan", "check", "status"):
        assert json.loads(run_cli(verb, "--json", cwd=site.root).stdout)["schema"] == f"{verb}/1"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_the_program(shell, tmp_path):
    assert "docchat-mailer" in run_cli("completion", shell, cwd=tmp_path).stdout


def test_publishing_now_asks_for_the_number_of_readers(site):
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org")
    asked = run_cli("publish", "massage", "--now", cwd=site.root, check=False)
    assert asked.returncode == 2
    assert "--yes --count 1" in asked.stderr
    wrong = run_cli("publish", "massage", "--now", "--yes", "--count", "7", cwd=site.root, check=False)
    assert wrong.returncode == 75
    run_cli("publish", "massage", "--now", "--yes", "--count", "1", cwd=site.root)
    run_cli("run", "--once", cwd=site.root)
    assert len(site.messages()) == 1


@pytest.mark.parametrize("form", ["html", "text", "eml", "page", "atom", "rss", "json"])
def test_render_writes_every_form_of_a_part_that_is_not_out_yet(site, form):
    site.series()
    site.part(1, "Benefits", body="A line of text.")
    said = run_cli("render", "massage/1", "--to", form, cwd=site.root).stdout
    assert "A line of text." in said
    assert "DCM" not in said


def test_a_simulation_refuses_a_folder_that_is_not_its_own(site, tmp_path):
    site.series()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    done = run_cli(
        "simulate",
        "--from",
        "2027-03-01",
        "--until",
        "2027-04-01",
        "--out",
        tmp_path / "mine",
        cwd=site.root,
        check=False,
    )
    assert done.returncode == 73
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep me"
